import * as z from 'zod';
import { StreamFeed } from '../../common/domain/stream.ts';

/**
 * What the subscriber of a target sends. `answer` ends a message with its passive reply (`reply`), or a request with what its
 * caller gets (`body`) · `ack` takes a message without a reply · `nack` does not take it; without `retry: false` it comes again ·
 * `stream` feeds the stream with which a message was answered.
 */
export const SubscriberFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('answer'),
    id: z.string().max(128),
    reply: z.unknown().optional(),
    body: z.unknown().optional(),
  }),
  z.object({ type: z.literal('ack'), id: z.string().max(128) }),
  z.object({ type: z.literal('nack'), id: z.string().max(128), retry: z.boolean().optional() }),
  z.object({ type: z.literal('stream'), id: z.string().max(128), feed: StreamFeed }),
]);
export type SubscriberFrame = z.infer<typeof SubscriberFrame>;
/** A frame that ends the wait for an answer. */
export type AnswerFrame = Exclude<SubscriberFrame, { type: 'stream' }>;

/** Null for what is no frame. */
export function readFrame(data: Buffer): SubscriberFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(data.toString('utf8'));
  } catch {
    return null;
  }
  const frame = SubscriberFrame.safeParse(value);
  return frame.success ? frame.data : null;
}

/** A message of WeCom; `message` is the JSON of an InboundMessage. */
export function messageFrame(id: string, message: string): string {
  return `{"type":"message","id":${JSON.stringify(id)},"message":${message}}`;
}

/** What somebody posted to `/api/targets/{target}/messages`; `body` is JSON. */
export function requestFrame(id: string, body: string): string {
  return `{"type":"request","id":${JSON.stringify(id)},"body":${body}}`;
}
