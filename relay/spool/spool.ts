import type { Logger } from '../../common/domain/log.ts';
import type { TunnelHold } from '../../common/domain/relay/tunnel-rules.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { RequestHead } from '../ingress/request-head.ts';
import type { Metrics } from '../metrics.ts';
import type { DataSession } from '../registry/data-session.ts';
import type { DeliveryResult } from './delivery.ts';
import { drain } from './drain.ts';
import { openHeldStore, type HeldCallback, type HeldFigures } from './held-store.ts';

/** What came of the wish to hold a callback. Only the first two may be answered with a 200. */
export type HoldResult = 'stored' | 'duplicate' | 'full' | 'failed';

/** Hold-and-deliver: keeps callbacks that no client can take, and gives them to the client when it is back. */
export interface Spool {
  readonly isEnabled: (tunnel: string) => boolean;
  /** Whether held ones go first: a fresh callback has to queue up behind them. */
  readonly isBusy: (tunnel: string) => boolean;
  /** `identity` is the callback's signature. The result is on disk when this resolves; it never rejects. */
  readonly hold: (
    tunnel: string,
    identity: string,
    head: RequestHead,
    body: Buffer,
  ) => Promise<HoldResult>;
  readonly figures: (tunnel: string) => HeldFigures;
  /** The same and more; null when nothing is held for the tunnel. */
  readonly state: (tunnel: string) => SpoolState | null;
  /** Looks at once what can be delivered, and waits for nothing that was broken off before. */
  readonly retry: (tunnel: string) => void;
  /** Drops all that is held for a tunnel; returns how many. */
  readonly drop: (tunnel: string) => number;
  readonly tunnels: () => string[];
  /** A tunnel is gone, and what was held for it. */
  readonly forget: (tunnel: string) => void;
  readonly close: () => Promise<void>;
}

export interface SpoolState extends HeldFigures {
  /** Since when the oldest is held, milliseconds since the epoch. */
  readonly oldestAt: number;
  /** Those that the others no longer wait for. */
  readonly setAside: number;
}

export interface SpoolOptions {
  readonly dataDir: string;
  readonly rulesOf: (tunnel: string) => TunnelHold | null;
  readonly pick: (tunnel: string) => DataSession | null;
  readonly probe: (tunnel: string) => void;
  readonly metrics: Pick<Metrics, 'held' | 'heldAge'>;
  readonly log: Logger;
  readonly now: () => number;
}

/** How often is looked whether somebody is there to deliver to. */
const TICK_MS = 200;
/** After so many broken tries one callback does not hold up the others any more. */
const PATIENCE = 5;
const RETRY_BASE_MS = 250;
const SET_ASIDE_MS = 60_000;
const EXPIRY_CHECK_MS = 1_000;

interface Line {
  /** Tries of callbacks that the gateway broke off, by sequence number. */
  readonly tries: Map<number, number>;
  /** Those that the others do not wait for any more. */
  readonly aside: Set<number>;
  /** Delivered ones that are still on a disk that would not be written. */
  readonly undeleted: Set<number>;
  /** By the clock that never jumps: nothing here may wait for a wall clock that was set back. */
  asideUntil: number;
  notBefore: number;
  expiryCheckAt: number;
  running: Promise<void> | null;
}

/** Opens the spool of a data directory. Throws `DATA_DIR_IN_USE`, `SETTINGS_FROM_FUTURE`. */
export function openSpool(options: SpoolOptions): Spool {
  const { metrics, now, log } = options;
  const store = openHeldStore(options.dataDir);
  const lines = new Map<string, Line>();
  const stop = new AbortController();
  const { signal } = stop;

  // A tunnel of that name may be another one's by the time there is one again.
  for (const tunnel of store.tunnels()) {
    if (options.rulesOf(tunnel) === null) store.removeTunnel(tunnel);
  }

  const lineOf = (tunnel: string): Line => {
    let line = lines.get(tunnel);
    if (line === undefined) {
      line = {
        tries: new Map(),
        aside: new Set(),
        undeleted: new Set(),
        asideUntil: 0,
        notBefore: 0,
        expiryCheckAt: 0,
        running: null,
      };
      lines.set(tunnel, line);
    }
    return line;
  };

  /** The next need not wait for the disk: after a crash in between the gateway gets it again, and knows it. */
  const remove = (tunnel: string, seq: number, line: Line): void => {
    line.tries.delete(seq);
    line.aside.delete(seq);
    const isFirstTry = !line.undeleted.delete(seq);
    store.remove(tunnel, seq).catch((thrown: unknown) => {
      line.undeleted.add(seq);
      if (!isFirstTry) return;
      log.error({ tunnel, error: toErrorInfo(thrown) }, 'delivered callback not removed yet');
    });
  };

  const broken = (line: Line, seq: number): void => {
    const tries = (line.tries.get(seq) ?? 0) + 1;
    line.tries.set(seq, tries);
    if (tries >= PATIENCE) {
      line.aside.add(seq);
      line.asideUntil = performance.now() + SET_ASIDE_MS;
    } else line.notBefore = performance.now() + RETRY_BASE_MS * 2 ** tries;
  };

  const settle = (
    tunnel: string,
    line: Line,
    callback: HeldCallback,
    result: DeliveryResult,
  ): void => {
    if (result.kind === 'lost' || (signal.aborted && result.kind !== 'delivered')) return;
    if (result.kind === 'broken') {
      broken(line, callback.seq);
      return;
    }
    metrics.held.inc({ result: result.kind });
    metrics.heldAge.observe(Math.max(0, now() - callback.heldAt) / 1000);
    if (result.kind === 'refused') {
      const { status, code } = result;
      log.error({ tunnel, status, code, trace: callback.head.trace }, 'held callback refused');
    }
    remove(tunnel, callback.seq, line);
  };

  const run = (tunnel: string, line: Line): Promise<void> =>
    drain({
      pick: () => options.pick(tunnel),
      probe: () => options.probe(tunnel),
      next: (flying) => {
        if (signal.aborted || performance.now() < line.notBefore) return null;
        return store.first(tunnel, new Set([...line.aside, ...flying]));
      },
      settle: (callback, result) => settle(tunnel, line, callback, result),
    });

  const expire = async (tunnel: string, line: Line): Promise<void> => {
    if (performance.now() < line.expiryCheckAt) return;
    line.expiryCheckAt = performance.now() + EXPIRY_CHECK_MS;
    for (const seq of [...line.undeleted]) remove(tunnel, seq, line);
    const rules = options.rulesOf(tunnel);
    if (rules === null) return;
    const gone = await store.expire(tunnel, now() - rules.maxAgeMs);
    if (gone.length === 0) return;
    // Counted as aside they would let fresh ones overtake those that still wait.
    for (const seq of gone) {
      line.tries.delete(seq);
      line.aside.delete(seq);
    }
    const count = gone.length;
    metrics.held.inc({ result: 'expired' }, count);
    log.error({ tunnel, count }, 'held callbacks were not fetched in time and are dropped');
  };

  const tick = (): void => {
    for (const tunnel of store.tunnels()) {
      const line = lineOf(tunnel);
      if (line.aside.size > 0 && performance.now() >= line.asideUntil) line.aside.clear();
      if (line.running !== null) continue;
      line.running = expire(tunnel, line)
        .then(() => run(tunnel, line))
        .catch((thrown: unknown) => {
          if (!signal.aborted) log.error({ tunnel, error: toErrorInfo(thrown) }, 'spool failed');
        })
        .finally(() => {
          line.running = null;
          if (store.figures(tunnel).rows === 0) lines.delete(tunnel);
        });
    }
  };
  const timer = setInterval(tick, TICK_MS);

  return {
    isEnabled: (tunnel) => options.rulesOf(tunnel)?.enabled === true,
    isBusy: (tunnel) => store.waiting(tunnel) > (lines.get(tunnel)?.aside.size ?? 0),
    hold: async (tunnel, identity, head, body) => {
      const rules = options.rulesOf(tunnel);
      let result: HoldResult = 'failed';
      try {
        if (rules !== null && !signal.aborted) {
          const callback = { heldAt: now(), head, body };
          result = await store.add(tunnel, identity, callback, rules.maxBytes);
        }
      } catch (thrown) {
        log.error({ tunnel, error: toErrorInfo(thrown) }, 'callback could not be held');
      }
      metrics.held.inc({ result });
      return result;
    },
    figures: store.figures,
    state: (tunnel) => {
      const oldestAt = store.oldestAt(tunnel);
      if (oldestAt === null) return null;
      return { ...store.figures(tunnel), oldestAt, setAside: lines.get(tunnel)?.aside.size ?? 0 };
    },
    retry: (tunnel) => {
      const line = lines.get(tunnel);
      if (line !== undefined) {
        line.aside.clear();
        line.tries.clear();
        line.notBefore = 0;
      }
      tick();
    },
    drop: (tunnel) => {
      const { rows } = store.figures(tunnel);
      store.removeTunnel(tunnel);
      lines.get(tunnel)?.aside.clear();
      lines.get(tunnel)?.tries.clear();
      metrics.held.inc({ result: 'forgotten' }, rows);
      log.warn({ tunnel, count: rows }, 'held callbacks dropped on request');
      return rows;
    },
    tunnels: store.tunnels,
    forget: (tunnel) => {
      store.removeTunnel(tunnel);
      lines.delete(tunnel);
    },
    close: async () => {
      stop.abort();
      clearInterval(timer);
      await Promise.all([...lines.values()].map(async (line) => line.running));
      store.close();
    },
  };
}
