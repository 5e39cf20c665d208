import * as z from 'zod';
import { TargetId } from './bot.ts';
import { Balance, GroupMember } from './route.ts';

/** Name of a published service in files and metrics; by the same rule as a target's. */
export const ServiceId = TargetId;

/** A host as a request names it: lower case, without port. */
export const ServiceHost = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);

/** A path prefix; no segment of it is `.` or `..`, also not encoded. */
export const ServicePath = z
  .string()
  .max(256)
  .regex(/^\/[\x21-\x7e]*$/)
  .refine((path) => !leavesPrefix(path) && !/[?#]/.test(path));

/** An internal service that is reached through the tunnel, by host and path. */
export const Service = z.object({
  id: ServiceId,
  /** Null takes any host. */
  host: ServiceHost.nullable().default(null),
  /** Whole segments: `/shop` takes `/shop` and `/shop/…`. */
  path: ServicePath.default('/'),
  /** Takes the prefix off what the target gets. */
  stripPath: z.boolean().default(false),
  /** Targets with a URL. */
  targets: z.array(GroupMember).min(1).max(32),
  balance: Balance.default('round_robin'),
  /** Whether HTTP/1.1 upgrades are passed on too. */
  websocket: z.boolean().default(true),
  /** Till the response's head, milliseconds. */
  timeoutMs: z.int().min(100).max(600_000).default(60_000),
});
export type Service = z.infer<typeof Service>;
export type ServiceInput = z.input<typeof Service>;

/** What a published service does now, and has done since the program started. */
export const ServiceFigures = z.object({
  /** Requests that are open. */
  open: z.int(),
  /** Upgraded connections that are open. */
  sockets: z.int(),
  requests: z.int(),
  /** Of the requests, those that no target answered. */
  failed: z.int(),
  /** When the last one failed so, milliseconds since the epoch; null while none did. */
  failedAt: z.int().nullable(),
});
export type ServiceFigures = z.infer<typeof ServiceFigures>;

/** A published service as the console shows it. */
export const ServiceView = Service.extend({
  ...ServiceFigures.shape,
  /** The file that defines it, when it cannot be edited in the console. */
  lockedBy: z.string().nullable(),
});
export type ServiceView = z.infer<typeof ServiceView>;

/** What a service shows that nobody has asked for yet. */
export const noFigures: ServiceFigures = {
  open: 0,
  sockets: 0,
  requests: 0,
  failed: 0,
  failedAt: null,
};

/** A whole segment of one or two dots, between slashes of either kind. */
const DOT_SEGMENT = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\]|%2f|%5c)/i;

/** Whether a target that resolves `..` (RFC 3986 §5.2.4) could end up outside of the prefix; also where it is encoded. */
export function leavesPrefix(path: string): boolean {
  return DOT_SEGMENT.test(path);
}
