import * as z from 'zod';
import { MessageOutcome } from '../../../common/domain/history.ts';
import { SendOutcome, SendResult } from '../../../common/domain/outgoing.ts';
import { knownErrorInfo, type ErrorInfo } from '../../../common/errors/app-error.ts';
import type { NewMessage, StoredMessage, WaitingMessage } from './outbox-store.ts';

const text = z.string().nullable();
const Channel = z.enum(['webhook', 'app', 'response_url']);
const Egress = SendResult.shape.egress;

const WaitingSql = z.object({
  id: z.string(),
  at: z.number(),
  bot: z.string(),
  channel: Channel,
  label: z.string(),
  size: z.number(),
  priority: z.number(),
  expires_at: z.number(),
  send_at: z.number().nullable(),
  coalesce_key: text,
  coalesced: z.number(),
  series: text,
  repeatable: z.number(),
  attempts: z.number(),
  error_code: text,
  error_params: text,
  repeat_until: z.number().nullable(),
});

/** A row of `outbound` joined with its place in `outbox`. */
export const waitingColumns = `o.id, o.at, o.bot, o.channel, o.label, length(o.message) AS size, q.priority, q.expires_at,
  q.coalesce_key, q.coalesced, q.series, o.send_at, o.repeatable, o.attempts, o.error_code, o.error_params, q.repeat_until`;

const StoredSql = z.object({
  id: z.string(),
  at: z.number(),
  bot: z.string(),
  channel: Channel,
  message: z.string(),
  address: text,
  attempts: z.number(),
  outcome: MessageOutcome,
  duration_ms: z.number().nullable(),
  egress: text,
  result: text,
  error_code: text,
  error_params: text,
  state: z.enum(['queued', 'sending']).nullable(),
  repeat_until: z.number().nullable(),
});

const Params = z.record(z.string(), z.union([z.string(), z.number()]));

function readError(code: string | null, params: string | null): ErrorInfo | null {
  if (code === null) return null;
  const parsed = Params.safeParse(params === null ? {} : JSON.parse(params));
  return knownErrorInfo({ code, params: parsed.success ? parsed.data : {} });
}

export function toWaiting(sql: unknown): WaitingMessage {
  const row = WaitingSql.parse(sql);
  return {
    id: row.id,
    at: row.at,
    bot: row.bot,
    channel: row.channel,
    type: row.label,
    size: row.size,
    priority: row.priority,
    expiresAt: row.expires_at,
    sendAt: row.send_at,
    coalesceKey: row.coalesce_key,
    coalesced: row.coalesced,
    series: row.series,
    repeatable: row.repeatable === 1,
    attempts: row.attempts,
    error: readError(row.error_code, row.error_params),
    repeatUntil: row.repeat_until,
  };
}

/** A message that was just added, as it would be read back. */
export function asWaiting({ message, address: _address, ...rest }: NewMessage): WaitingMessage {
  const fresh = { attempts: 0, coalesced: 0, error: null, repeatUntil: null };
  return { ...rest, ...fresh, size: message.length };
}

export function toStored(sql: unknown): StoredMessage {
  const row = StoredSql.parse(sql);
  const error = readError(row.error_code, row.error_params);
  const egress = row.egress === null ? null : Egress.parse(JSON.parse(row.egress));
  const ended = SendOutcome.safeParse(row.outcome);
  // A send that a crash cut off has no result of its own.
  const result: SendResult =
    row.result === null
      ? {
          id: row.id,
          outcome: ended.success ? ended.data : 'queued',
          errcode: null,
          errmsg: error?.code ?? '',
          durationMs: row.duration_ms ?? 0,
          egress: egress ?? { via: 'direct', ip: null },
          remaining: null,
          at: row.at,
          error,
        }
      : SendResult.parse(JSON.parse(row.result));
  return {
    id: row.id,
    bot: row.bot,
    at: row.at,
    message: row.message,
    channel: row.channel,
    address: row.address,
    state: row.state ?? 'ended',
    attempts: row.attempts,
    repeatUntil: row.repeat_until,
    result,
  };
}
