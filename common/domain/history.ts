import * as z from 'zod';
import { ErrorInfo } from '../errors/app-error.ts';

/**
 * How a message ended. Inbound: `replied` answered with an encrypted passive reply · `accepted` taken by the target, no
 * reply · `stored` in the inbox with no target · `late` answered empty in time, the target was too slow · `failed` the
 * target did not take it · `pending` being handed over. Outbound: as `SendOutcome`.
 */
export const MessageOutcome = z.enum([
  'pending',
  'replied',
  'accepted',
  'stored',
  'late',
  'failed',
  'delivered',
  'refused',
  'unknown',
]);
export type MessageOutcome = z.infer<typeof MessageOutcome>;

/** The milliseconds of each span on a message's way; null where that station was not passed. */
export const Spans = z.object({
  /** Relay took the request until the gateway had it: relay and tunnel. */
  tunnelMs: z.number().nullable(),
  /** Verify, decrypt, parse, commit. */
  gatewayMs: z.number().nullable(),
  /** Waiting for the target, or for WeCom. */
  serviceMs: z.number().nullable(),
});
export type Spans = z.infer<typeof Spans>;

/**
 * One try to hand a message over: inbound to a target, outbound to WeCom. A message that its target took at the first try has
 * one that is made of its row, with no status.
 */
export const DeliveryAttempt = z.object({
  /** Counted from 1; of more than {@link MAX_ATTEMPTS} the first ones are gone. */
  n: z.int(),
  /** When it began, milliseconds since the epoch. */
  at: z.int(),
  /** The target, or the bot that carried it; null where none was available. */
  target: z.string().nullable(),
  durationMs: z.number().nullable(),
  /** `unknown`: it was sent, and no answer came. */
  outcome: z.enum(['taken', 'failed', 'unknown']),
  /** HTTP status of the target's answer; null without one. */
  status: z.int().nullable(),
  /** WeCom's errcode; null for inbound, and where no answer came. */
  errcode: z.int().nullable(),
  error: ErrorInfo.nullable(),
  /** The attempt that this one repeats, with the same target or another. */
  retryOf: z.int().nullable(),
});
export type DeliveryAttempt = z.infer<typeof DeliveryAttempt>;

/** Attempts of one message that are kept. */
export const MAX_ATTEMPTS = 20;

/** One row of the message list. Message text is not in it. */
export const MessageRow = z.object({
  id: z.string(),
  at: z.int(),
  direction: z.enum(['in', 'out']),
  bot: z.string(),
  /** MsgType, or the event's name for events, or the msgtype sent. */
  type: z.string(),
  isEvent: z.boolean(),
  from: z.string().nullable(),
  msgId: z.string().nullable(),
  outcome: MessageOutcome,
  /** From the first byte to the answer, milliseconds. */
  durationMs: z.number().nullable(),
  /** How often WeCom sent the same callback again. */
  repeats: z.int(),
  error: ErrorInfo.nullable(),
  /** Outbound: when it is to leave, where that was asked for; milliseconds since the epoch. */
  sendAt: z.int().optional(),
});
export type MessageRow = z.infer<typeof MessageRow>;

/** A message opened: asked for by an operator, so its text is in it. */
export const MessageDetail = z.object({
  row: MessageRow,
  spans: Spans,
  /** The normalised message (inbound) or what was sent (outbound), as JSON. */
  message: z.unknown(),
  /** The plaintext as WeCom sent it; null for outbound. */
  raw: z.string().nullable(),
  /** SHA-256 of the text in lower hex, where retention has taken the text out; null while it is kept. */
  redacted: z.string().nullable(),
  /** What was answered: the passive reply's plaintext, or WeCom's answer. */
  reply: z.string().nullable(),
  /** In the order in which they were made. */
  attempts: z.array(DeliveryAttempt),
});
export type MessageDetail = z.infer<typeof MessageDetail>;

export const MessageQuery = z.object({
  /** Rows older than this id; the newest when left out. */
  before: z.string().optional(),
  limit: z.int().min(1).max(200),
  bot: z.string().optional(),
  direction: z.enum(['in', 'out']).optional(),
  outcome: MessageOutcome.optional(),
  /** MsgId or id (whole), or part of a sender or type. */
  search: z.string().max(200).optional(),
});
export type MessageQuery = z.infer<typeof MessageQuery>;
