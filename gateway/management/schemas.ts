import * as z from 'zod';
import { BotId } from '../../common/domain/bot.ts';
import { MessageDetail as Detail, MessageQuery, MessageRow } from '../../common/domain/history.ts';
import { MediaType, MediaUpload, UploadedMedia } from '../../common/domain/media.ts';
import {
  OutboxRow,
  OutgoingMessage,
  QueuePlace,
  SendOptions,
  SendQuota,
  SendResult,
  SendStatus,
} from '../../common/domain/outgoing.ts';
import { ErrorInfo } from '../../common/errors/app-error.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { firstIssue } from '../../common/errors/first-issue.ts';

/** The query string of the message list; its page has 50 rows unless told otherwise. */
export const ListQuery = MessageQuery.extend({
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const MessagePage = z.object({ rows: z.array(MessageRow), more: z.boolean() });
export const IdParams = z.object({ id: z.string().max(64) });
export const BotParams = z.object({ bot: z.string().max(64) });
export const ErrorBody = z.object({ error: ErrorInfo });
export const Health = z.object({
  status: z.enum(['ok', 'failing']),
  version: z.string(),
  reasons: z.array(z.string()),
});
export type Health = z.infer<typeof Health>;

/** A message, and beside its fields how it is to be sent. */
export const OutgoingBody = z.intersection(OutgoingMessage, SendOptions);
/** The header `Idempotency-Key`: printable ASCII. */
export const IdempotencyKey = z.string().regex(/^[\x21-\x7e]{1,128}$/);
/** The answer to a message that leaves later. */
export const Queued = z.object({
  id: z.string(),
  state: z.literal('queued'),
  ...QueuePlace.shape,
  error: ErrorInfo.nullable(),
  parts: z.array(z.string()).optional(),
  coalesced: z.int().optional(),
});
export type Queued = z.infer<typeof Queued>;
export const MessageDetail = Detail.extend({ sending: SendStatus.optional() });
export const OutboxQuery = z.object({
  bot: BotId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const OutboxPage = z.object({ rows: z.array(OutboxRow), total: z.int() });
export const MediaQuery = z.object({
  type: MediaType,
  name: MediaUpload.shape.name,
});
export const MediaParams = BotParams.extend({ media: z.string().min(1).max(512) });

export { UploadedMedia as MediaUploaded };
export { SendOptions, SendQuota, SendResult, SendStatus };

/** `value` as `schema` describes it. Throws BAD_INPUT {field, reason}; the value itself is not repeated. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AppError('BAD_INPUT', { ...firstIssue(result.error) });
}

/** JSON Schema (2020-12, as OpenAPI 3.1 takes it) of what a client sends or gets. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
