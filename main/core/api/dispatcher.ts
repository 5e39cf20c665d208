import { api, type Api } from '../../../common/contract/api.ts';
import type { Capability } from '../../../common/contract/define.ts';
import {
  createDispatcherOf,
  type DispatcherOf,
  type HandlersOf,
} from '../../../common/contract/dispatch.ts';
import type { Logger } from '../../../common/domain/log.ts';

export {
  MAX_CALLS,
  MAX_INPUT_BYTES,
  MAX_SUBSCRIPTIONS,
} from '../../../common/contract/dispatch.ts';

/** One function for each call; its input has been validated and its caller authorised. */
export type Handlers = HandlersOf<Api>;

/** The only door to the core, whatever carried the call. */
export type Dispatcher = DispatcherOf<Api>;

export interface DispatcherOptions {
  readonly handlers: Handlers;
  /** What this host can do at all; a caller never has more. */
  readonly offered: ReadonlySet<Capability>;
  readonly log: Logger;
}

/** The dispatcher of the operator contract. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return createDispatcherOf({ contract: api, ...options });
}
