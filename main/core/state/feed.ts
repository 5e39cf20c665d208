import type { Snapshot, SnapshotPatch } from '../../../common/domain/snapshot.ts';
import { createCoalescer } from '../api/coalesce.ts';

/** Everything of a snapshot but its revision. */
export type SnapshotParts = Omit<Snapshot, 'rev'>;

/** Turns "something changed" into revisions of the snapshot. */
export interface StateFeed {
  snapshot(): Snapshot;
  /** A busy figure changed: published together with others, at most once per interval. */
  touch(): void;
  /** Something an operator waits for changed: published now. */
  touchNow(): void;
  stop(): void;
}

export interface StateFeedOptions {
  readonly assemble: () => SnapshotParts;
  readonly publish: (patch: SnapshotPatch) => void;
  readonly intervalMs: number;
}

/**
 * Compares the parts with those published last and sends the ones that differ, whole, under the next revision. A snapshot
 * that is read in between may already hold what the next patch brings; applying it again changes nothing.
 */
export function createStateFeed({ assemble, publish, intervalMs }: StateFeedOptions): StateFeed {
  let rev = 0;
  let published = fingerprints(assemble());

  const send = (): void => {
    const parts = assemble();
    const current = fingerprints(parts);
    const changed = Object.keys(current).filter((name) => current[name] !== published[name]);
    if (changed.length === 0) return;
    published = current;
    rev += 1;
    const patch = Object.fromEntries(
      Object.entries(parts).filter(([name]) => changed.includes(name)),
    );
    publish({ rev, patch });
  };
  const coalescer = createCoalescer(intervalMs, send);
  return {
    snapshot: () => ({ rev, ...assemble() }),
    touch: () => coalescer.poke(),
    touchNow: () => coalescer.flush(),
    stop: () => coalescer.stop(),
  };
}

function fingerprints(parts: SnapshotParts): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, JSON.stringify(part)]),
  );
}
