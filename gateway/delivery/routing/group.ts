import type { Balance, GroupMember } from '../../../common/domain/route.ts';

/** Targets that share the work of a route, of a bot or of a service. */
export interface Group {
  /** `upstream` in the metrics: the route's or service's id, or `bot:` and the bot's. */
  readonly name: string;
  readonly members: readonly GroupMember[];
  readonly balance: Balance;
}

/** Where a message goes. */
export interface Destination {
  readonly group: Group;
  /** What `hash` goes by; null where the route does not hash. */
  readonly key: string | null;
}
