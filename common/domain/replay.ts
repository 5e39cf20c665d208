import * as z from 'zod';
import { ErrorInfo } from '../errors/app-error.ts';
import { BotId, TargetId } from './bot.ts';
import { MessageOutcome } from './history.ts';

/** Received messages, by what is known of them; what is left out is not asked for. All of it has to hold. */
export const MessageSelection = z.object({
  ids: z.array(z.string().max(64)).min(1).max(1000).optional(),
  /** Received at or after, milliseconds since the epoch. */
  from: z.int().min(0).optional(),
  /** Received before. */
  to: z.int().min(0).optional(),
  bot: BotId.optional(),
  /** UserID of the sender. */
  user: z.string().min(1).max(64).optional(),
  /** MsgType, or an event's name. */
  type: z.string().min(1).max(64).optional(),
  outcome: MessageOutcome.optional(),
});
export type MessageSelection = z.infer<typeof MessageSelection>;

/**
 * Where a replay goes: `original` as the routes say today · `target` to one target whatever the routes say · `callback` as a fresh,
 * signed callback of WeCom's, made with the keys of `bot` (the message's own where left out), to any address.
 */
export const ReplayDestination = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('original') }),
  z.object({ kind: z.literal('target'), target: TargetId }),
  z.object({
    kind: z.literal('callback'),
    url: z.url({ protocol: /^https?$/ }).max(2048),
    bot: BotId.optional(),
  }),
]);
export type ReplayDestination = z.infer<typeof ReplayDestination>;

export const ReplayRequest = z.object({
  messages: MessageSelection,
  destination: ReplayDestination,
  perSecond: z.int().min(1).max(1000).default(20),
});
export type ReplayRequest = z.infer<typeof ReplayRequest>;
export type ReplayInput = z.input<typeof ReplayRequest>;

/** A replay and how far it is. */
export const ReplayView = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  destination: ReplayDestination,
  /** Messages that it takes; null where they are too many to be counted beforehand. */
  total: z.int().nullable(),
  /** Handed over with success, refused or not reached, and left out because their text is no longer kept. */
  taken: z.int(),
  failed: z.int(),
  skipped: z.int(),
  startedAt: z.int(),
  endedAt: z.int().nullable(),
  /** The latest failure. */
  error: ErrorInfo.nullable(),
});
export type ReplayView = z.infer<typeof ReplayView>;
