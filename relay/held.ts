import type { HeldView } from '../common/domain/relay/views.ts';
import { AppError } from '../common/errors/app-error.ts';
import type { Spool } from './spool/spool.ts';
import { adminKey, type Actor } from './store/audit.ts';
import type { Store } from './store/index.ts';
import type { RuleBook } from './tunnel-rules.ts';

export interface HeldDeps {
  readonly store: Store;
  readonly spool: Pick<Spool, 'tunnels' | 'state' | 'retry' | 'drop'>;
  readonly rules: Pick<RuleBook, 'of'>;
  readonly now: () => number;
}

/** Held callbacks as an operator sees them, and what he may do with them. */
export interface Held {
  /** Per tunnel; one with nothing is not in it. */
  readonly views: () => Readonly<Record<string, HeldView>>;
  /** Tries again at once, also what was set aside. Throws NOT_FOUND when nothing is held for the tunnel. */
  readonly deliver: (tunnel: string, by?: Actor) => void;
  /** Drops all that is held; returns how many. Throws NOT_FOUND when that is nothing. */
  readonly forget: (tunnel: string, by?: Actor) => number;
}

export function createHeld({ store, spool, rules, now }: HeldDeps): Held {
  const require = (tunnel: string): HeldView => {
    const view = viewOf(tunnel);
    if (view === null) throw new AppError('NOT_FOUND', { tunnel: tunnel.slice(0, 64) });
    return view;
  };
  const viewOf = (tunnel: string): HeldView | null => {
    const state = spool.state(tunnel);
    const maxAgeMs = rules.of(tunnel)?.hold.maxAgeMs;
    if (state === null || maxAgeMs === undefined) return null;
    const { rows, bytes, oldestAt, setAside } = state;
    return { count: rows, bytes, oldestAt, expiresAt: oldestAt + maxAgeMs, setAside };
  };
  const audit = (action: string, tunnel: string, by: Actor, count: number): void =>
    store.audit.add({ time: now(), actor: by, action, subject: tunnel, detail: { count } });

  return {
    views: () =>
      Object.fromEntries(
        spool.tunnels().flatMap((tunnel) => {
          const view = viewOf(tunnel);
          return view === null ? [] : [[tunnel, view] as const];
        }),
      ),
    deliver: (tunnel, by = adminKey) => {
      const { count } = require(tunnel);
      audit('spool.deliver', tunnel, by, count);
      spool.retry(tunnel);
    },
    forget: (tunnel, by = adminKey) => {
      const { count } = require(tunnel);
      // Said before it is done: what is gone must never be gone without a trace.
      audit('spool.forget', tunnel, by, count);
      return spool.drop(tunnel);
    },
  };
}
