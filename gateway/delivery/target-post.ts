import { AppError } from '../../common/errors/app-error.ts';
import type { TargetSockets } from '../subscribers/target-sockets.ts';
import { DEFAULT_MAX_IN_FLIGHT, DEFAULT_TIMEOUT_MS } from './pool/target.ts';
import type { TargetPool } from './target-pool.ts';

/**
 * Hands a JSON value to a subscriber of a WebSocket target and resolves with its answer. Throws NOT_FOUND {kind, id},
 * CONFLICT {kind, id} for an HTTP target, BUSY {limit}, and as {@link TargetSockets.request}.
 */
export async function postToTarget(
  pool: TargetPool,
  sockets: TargetSockets,
  id: string,
  body: unknown,
): Promise<unknown> {
  const target = pool.target(id);
  if (target === undefined) throw new AppError('NOT_FOUND', { kind: 'target', id });
  if (target.url !== '') throw new AppError('CONFLICT', { kind: 'target', id });
  const limit = target.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  if (sockets.open(id) >= limit) throw new AppError('BUSY', { limit });
  return sockets.request(id, JSON.stringify(body), target.timeoutMs ?? DEFAULT_TIMEOUT_MS);
}
