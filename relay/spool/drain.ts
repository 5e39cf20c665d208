import type { DataSession } from '../registry/data-session.ts';
import { deliverHeld, type DeliveryResult } from './delivery.ts';
import type { HeldCallback } from './held-store.ts';

/** Held callbacks that are under way at once, at most. */
const MAX_WINDOW = 64;

export interface DrainDeps {
  readonly pick: () => DataSession | null;
  readonly probe: () => void;
  /** The oldest that is not in `flying`, and may be delivered now. */
  readonly next: (flying: ReadonlySet<number>) => HeldCallback | null;
  /** Writes down what became of one. */
  readonly settle: (callback: HeldCallback, result: DeliveryResult) => void;
}

/**
 * Delivers what is held for a tunnel while there is a session. One after the other would be one a round trip: over a long line fresh
 * callbacks, which queue up behind the held ones, would come faster than that, and the line would never be empty again. So
 * several are under way, on one session, which keeps their order; one more after each that arrived, and one alone after a break.
 */
export async function drain({ pick, probe, next, settle }: DrainDeps): Promise<void> {
  const flying = new Map<number, Promise<void>>();
  let session: DataSession | null = null;
  let window = 1;
  let isHalted = false;
  let isLost = false;

  const fly = async (callback: HeldCallback, over: DataSession): Promise<void> => {
    const result = await deliverHeld(callback, over, probe);
    flying.delete(callback.seq);
    isLost ||= result.kind === 'lost';
    isHalted ||= isLost || result.kind === 'broken';
    window = Math.min(window + 1, MAX_WINDOW);
    settle(callback, result);
  };
  const fill = (): void => {
    if (isHalted) return;
    while (flying.size < window) {
      if (flying.size === 0) session = pick();
      if (session?.usable !== true) return;
      const callback = next(new Set(flying.keys()));
      if (callback === null) return;
      flying.set(callback.seq, fly(callback, session));
    }
  };

  for (;;) {
    fill();
    if (flying.size > 0) await Promise.race(flying.values());
    else if (isHalted && !isLost) {
      isHalted = false;
      window = 1;
    } else return;
  }
}
