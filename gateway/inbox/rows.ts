import * as z from 'zod';
import { BotKind } from '../../common/domain/bot.ts';
import { MessageOutcome, type MessageRow } from '../../common/domain/history.ts';
import { knownErrorInfo, type ErrorInfo } from '../../common/errors/app-error.ts';
import type { InboundRecord, OutboundRecord } from './message-store.ts';

const text = z.string().nullable();
const number = z.number().nullable();

/** Of another thread, bytes come as a plain array. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A row of the table `inbound`, checked: the file may have been touched by other hands. */
const InboundSql = z.object({
  id: z.string(),
  bot: z.string(),
  kind: BotKind,
  received_at: z.number(),
  type: z.string(),
  event: text,
  msg_id: text,
  sender: z.string(),
  dedup_key: z.string(),
  format: z.enum(['xml', 'json']),
  raw: z.instanceof(Uint8Array).transform(asBuffer),
  trace: z.string(),
  outcome: MessageOutcome,
  target: text,
  attempts: z.number(),
  next_attempt_at: number,
  repeats: z.number(),
  reply: text,
  tunnel_ms: number,
  gateway_ms: number,
  service_ms: number,
  duration_ms: number,
  error_code: text,
  error_params: text,
  late_reply: text,
  raw_hash: text,
  redriven_at: number,
});

const OutboundSql = z.object({
  id: z.string(),
  at: z.number(),
  bot: z.string(),
  label: z.string(),
  message: z.string(),
  outcome: MessageOutcome,
  duration_ms: number,
  answer: text,
  error_code: text,
  error_params: text,
  message_hash: text,
  send_at: number,
});

const ListSql = z.object({
  id: z.string(),
  at: z.number(),
  bot: z.string(),
  label: z.string(),
  is_event: z.number(),
  sender: text,
  msg_id: text,
  outcome: MessageOutcome,
  duration_ms: number,
  repeats: z.number(),
  error_code: text,
  error_params: text,
  send_at: number,
});

const Params = z.record(z.string(), z.union([z.string(), z.number()]));

/** A stored error; one of a newer program becomes INTERNAL. */
export function readError(code: string | null, params: string | null): ErrorInfo | null {
  if (code === null) return null;
  const parsed = Params.safeParse(params === null ? {} : JSON.parse(params));
  return knownErrorInfo({ code, params: parsed.success ? parsed.data : {} });
}

export function toInboundRecord(sql: unknown): InboundRecord {
  const row = InboundSql.parse(sql);
  return {
    id: row.id,
    bot: row.bot,
    kind: row.kind,
    receivedAt: row.received_at,
    type: row.type,
    event: row.event,
    msgId: row.msg_id,
    sender: row.sender,
    dedupKey: row.dedup_key,
    format: row.format,
    raw: row.raw,
    trace: row.trace,
    spans: { tunnelMs: row.tunnel_ms, gatewayMs: row.gateway_ms, serviceMs: row.service_ms },
    outcome: row.outcome,
    target: row.target,
    durationMs: row.duration_ms,
    nextAttemptAt: row.next_attempt_at,
    attempts: row.attempts,
    repeats: row.repeats,
    reply: row.reply,
    error: readError(row.error_code, row.error_params),
    late: row.late_reply,
    rawHash: row.raw_hash,
    redrivenAt: row.redriven_at,
  };
}

export function toOutboundRecord(sql: unknown): OutboundRecord {
  const row = OutboundSql.parse(sql);
  return {
    id: row.id,
    at: row.at,
    bot: row.bot,
    type: row.label,
    message: row.message,
    outcome: row.outcome,
    durationMs: row.duration_ms,
    answer: row.answer,
    error: readError(row.error_code, row.error_params),
    messageHash: row.message_hash,
    sendAt: row.send_at,
  };
}

/** A row of the list as selected by history.ts. */
export function toMessageRow(direction: 'in' | 'out', sql: unknown): MessageRow {
  const row = ListSql.parse(sql);
  return {
    id: row.id,
    at: row.at,
    direction,
    bot: row.bot,
    type: row.label,
    isEvent: row.is_event === 1,
    from: row.sender,
    msgId: row.msg_id,
    outcome: row.outcome,
    durationMs: row.duration_ms,
    repeats: row.repeats,
    error: readError(row.error_code, row.error_params),
    ...(row.send_at === null ? {} : { sendAt: row.send_at }),
  };
}

/** The list's view of a whole record. */
export function inboundRow(record: InboundRecord): MessageRow {
  return {
    id: record.id,
    at: record.receivedAt,
    direction: 'in',
    bot: record.bot,
    type: record.event ?? record.type,
    isEvent: record.event !== null,
    from: record.sender,
    msgId: record.msgId,
    outcome: record.outcome,
    durationMs: record.durationMs,
    repeats: record.repeats,
    error: record.error,
  };
}

export function outboundRow(record: OutboundRecord): MessageRow {
  return {
    id: record.id,
    at: record.at,
    direction: 'out',
    bot: record.bot,
    type: record.type,
    isEvent: false,
    from: null,
    msgId: null,
    outcome: record.outcome,
    durationMs: record.durationMs,
    repeats: 0,
    error: record.error,
    ...(record.sendAt === null ? {} : { sendAt: record.sendAt }),
  };
}
