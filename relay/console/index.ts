import { createDispatcherOf, type DispatcherOf } from '../../common/contract/dispatch.ts';
import { relayApi, type RelayApi } from '../../common/contract/relay-api.ts';
import type { Logger } from '../../common/domain/log.ts';
import { createFeed, type Feed } from './feed.ts';
import { createHandlers, type ConsoleCaller, type HandlerOptions } from './handlers.ts';
import type { ViewSources } from './views.ts';

export { createTraffic, type Traffic } from './traffic.ts';
export type { ConsoleCaller } from './handlers.ts';

/** The relay's console without a carrier: its contract's door, and what it tells. */
export interface ConsoleCore {
  readonly dispatcher: DispatcherOf<RelayApi, ConsoleCaller>;
  readonly feed: Feed;
  /** Refuses further calls, and resolves when those under way have settled. */
  readonly close: () => Promise<void>;
}

export function createConsole(
  sources: ViewSources,
  options: Omit<HandlerOptions, 'feed' | 'store' | 'traffic'>,
  log: Logger,
): ConsoleCore {
  const feed = createFeed(sources, log);
  const { store, traffic } = sources;
  const dispatcher = createDispatcherOf<RelayApi, ConsoleCaller>({
    contract: relayApi,
    handlers: createHandlers({ ...options, store, traffic, feed }),
    offered: new Set(['read', 'manage']),
    log,
  });
  return {
    dispatcher,
    feed,
    close: async () => {
      feed.stop();
      await dispatcher.close();
    },
  };
}
