import type { ErrorCode } from '../../../common/errors/codes.ts';
import type { TunnelStats } from './types.ts';

/** Bytes of several parts together. */
export function sumBytes(parts: readonly TunnelStats['bytes'][]): TunnelStats['bytes'] {
  return {
    received: parts.reduce((sum, { received }) => sum + received, 0),
    sent: parts.reduce((sum, { sent }) => sum + sent, 0),
  };
}

/** Losses of several links together, by their reason. */
export function sumLosses(parts: readonly TunnelStats['losses'][]): TunnelStats['losses'] {
  const total = new Map<ErrorCode, number>();
  for (const [code, count] of parts.flatMap((part) => [...part])) {
    total.set(code, (total.get(code) ?? 0) + count);
  }
  return total;
}

/** Figures of several links as one; `rttMs` is the one to show for all. */
export function sumStats(all: readonly TunnelStats[], rttMs: number | null): TunnelStats {
  const sum = (figure: (one: TunnelStats) => number): number =>
    all.reduce((total, one) => total + figure(one), 0);
  return {
    reconnects: sum(({ reconnects }) => reconnects),
    requests: sum(({ requests }) => requests),
    rttMs,
    up: all.some(({ up }) => up),
    inFlight: sum(({ inFlight }) => inFlight),
    losses: sumLosses(all.map(({ losses }) => losses)),
    bytes: sumBytes(all.map(({ bytes }) => bytes)),
  };
}
