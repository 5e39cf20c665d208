import * as z from 'zod';
import { BotId, Priority, TargetId, Weight } from './bot.ts';

/** Name of a route in files and metrics. */
export const RouteId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

/**
 * How a group's targets share the work: `round_robin` in turn · `weighted` in turn by weight · `least_inflight` to the one with
 * the fewest open calls · `p2c` to the less loaded of two drawn at random · `hash` always the same one for the same key.
 */
export const Balance = z.enum(['round_robin', 'weighted', 'least_inflight', 'p2c', 'hash']);
export type Balance = z.infer<typeof Balance>;

/** What `hash` goes by: the conversation, who wrote, or each message for itself. */
export const HashBy = z.enum(['chat', 'sender', 'msg_id']);
export type HashBy = z.infer<typeof HashBy>;

/** A target's place in a group; weight and priority left out are the target's own. */
export const GroupMember = z.object({
  id: TargetId,
  weight: Weight.optional(),
  priority: Priority.optional(),
});
export type GroupMember = z.infer<typeof GroupMember>;

const names = z.array(z.string().min(1).max(128)).max(100).default([]);

/** What a message must be like. Each list that is not empty must hold one that fits; an empty one lets everything through. */
export const RouteMatch = z.object({
  bots: z.array(BotId).max(100).default([]),
  /** WeCom's MsgType, `event` among them. */
  types: names,
  /** Event of an event. */
  events: names,
  /** Text that occurs in the message, whatever the case of its letters. */
  keywords: names,
  /** Regular expression that occurs in the message's text; see `compilePattern`. */
  pattern: z.string().max(256).nullable().default(null),
  /** UserIDs. */
  senders: names,
  chats: names,
});
export type RouteMatch = z.infer<typeof RouteMatch>;

/** A route. The first enabled one that matches takes the message; without any it goes to its bot's own target. */
export const Route = z.object({
  id: RouteId,
  name: z.string().max(64).default(''),
  enabled: z.boolean().default(true),
  match: RouteMatch,
  /** Empty keeps what matches in the inbox only. */
  targets: z.array(GroupMember).max(32),
  balance: Balance.default('round_robin'),
  hashBy: HashBy.default('chat'),
});
export type Route = z.infer<typeof Route>;
export type RouteInput = z.input<typeof Route>;

/** A route as the console shows it, in the order in which routes are tried. */
export const RouteView = Route.extend({
  /** The file that defines it, when it cannot be edited in the console. */
  lockedBy: z.string().nullable(),
});
export type RouteView = z.infer<typeof RouteView>;
