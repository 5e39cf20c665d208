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
