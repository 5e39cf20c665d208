import type { Logger } from '../../../common/domain/log.ts';
import type { Gateway } from '../../../gateway/index.ts';
import { COALESCE_MS, createHub, type Hub } from '../api/hub.ts';
import type { Logs } from '../logs/index.ts';
import { createStateFeed, type SnapshotParts, type StateFeed } from './feed.ts';

/** How often figures that nobody announces (rates, health) are looked at while a console is open. */
const FIGURES_MS = 1_000;

/** Everything that consoles can subscribe to, fed from its sources. */
export interface Topics {
  readonly hub: Hub;
  readonly feed: StateFeed;
  stop(): void;
}

export function createTopics(
  assemble: () => SnapshotParts,
  gateway: Pick<Gateway, 'onMessage' | 'replays'>,
  logs: Pick<Logs, 'onEntry'>,
  log: Logger,
): Topics {
  const hub = createHub(log);
  const feed = createStateFeed({
    assemble,
    publish: (patch) => hub.publish('state.changed', patch),
    intervalMs: COALESCE_MS,
  });
  const touch = (): void => {
    if (hub.hasListeners('state.changed')) feed.touch();
  };
  const figures = setInterval(touch, FIGURES_MS);
  figures.unref();
  const ends = [
    gateway.onMessage((row) => {
      hub.message(row);
      touch();
    }),
    gateway.replays.onChange((view) => hub.replay(view)),
    logs.onEntry((entry) => hub.log(entry)),
  ];
  return {
    hub,
    feed,
    stop() {
      clearInterval(figures);
      for (const end of ends) end();
      feed.stop();
      hub.stop();
    },
  };
}
