import { createHash } from 'node:crypto';
import type { Balance } from '../../../common/domain/route.ts';

/** A target that may be chosen. */
export interface Candidate {
  readonly id: string;
  readonly weight: number;
  /** Part of the weight that it is given now: (0, 1]. */
  readonly share: number;
  /** Requests that it works on. */
  readonly inFlight: number;
}

/** Chooses one of several candidates; undefined for none. Keeps its place between calls. */
export type Choose = <C extends Candidate>(
  candidates: readonly C[],
  key: string | null,
) => C | undefined;

/** `random` gives [0, 1). `hash` without a key falls back to taking turns by weight. */
export function createChoose(balance: Balance, random: () => number): Choose {
  const inTurn = createTurns();
  switch (balance) {
    case 'round_robin':
      return (candidates) => inTurn(candidates, (candidate) => candidate.share);
    case 'weighted':
      return (candidates) => inTurn(candidates, effective);
    case 'least_inflight':
      return (candidates) => {
        const least = Math.min(...candidates.map(load));
        return inTurn(
          candidates.filter((candidate) => load(candidate) === least),
          effective,
        );
      };
    case 'p2c':
      return (candidates) => lessLoadedOfTwo(candidates, random);
    case 'hash':
      return (candidates, key) =>
        key === null ? inTurn(candidates, effective) : rendezvous(candidates, key);
  }
}

function effective(candidate: Candidate): number {
  return candidate.weight * candidate.share;
}

/** What one more request would mean for it. */
function load(candidate: Candidate): number {
  return (candidate.inFlight + 1) / effective(candidate);
}

/** Smooth weighted round robin: in any stretch each gets its part, spread evenly and not in bursts. */
function createTurns() {
  let credits = new Map<string, number>();
  return <C extends Candidate>(
    candidates: readonly C[],
    weigh: (candidate: C) => number,
  ): C | undefined => {
    let best: C | undefined;
    let total = 0;
    // Those that are not candidates now keep no credit: they would come back with a burst.
    const next = new Map<string, number>();
    for (const candidate of candidates) {
      const weight = weigh(candidate);
      total += weight;
      next.set(candidate.id, (credits.get(candidate.id) ?? 0) + weight);
      if (best === undefined || (next.get(candidate.id) ?? 0) > (next.get(best.id) ?? 0)) {
        best = candidate;
      }
    }
    if (best !== undefined) next.set(best.id, (next.get(best.id) ?? 0) - total);
    credits = next;
    return best;
  };
}

/** Mitzenmacher's two choices: nearly as good as the least loaded, without every gateway running for the same one. */
function lessLoadedOfTwo<C extends Candidate>(
  candidates: readonly C[],
  random: () => number,
): C | undefined {
  if (candidates.length < 2) return candidates[0];
  const first = Math.floor(random() * candidates.length);
  const other = Math.floor(random() * (candidates.length - 1));
  const a = candidates[first];
  const b = candidates[other < first ? other : other + 1];
  if (a === undefined || b === undefined) return a ?? b;
  return load(b) < load(a) ? b : a;
}

/**
 * Weighted rendezvous hashing: the highest score wins. A target that goes or comes moves its own keys only; the share of a
 * slow start is left out, since it would move keys twice.
 */
function rendezvous<C extends Candidate>(candidates: readonly C[], key: string): C | undefined {
  let best: C | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const score = -candidate.weight / Math.log(unit(`${candidate.id}\n${key}`));
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** A number in (0, 1) that looks drawn at random and is the same for the same text. */
function unit(text: string): number {
  const bytes = createHash('sha256').update(text).digest();
  return (bytes.readUIntBE(0, 6) + 0.5) / 2 ** 48;
}
