import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';
import type { Entry, Lane } from './lane.ts';

/** The end of a message whose time was up. */
export const expired: ErrorInfo = new AppError('MESSAGE_EXPIRED').toInfo();

/** The end of a message whose attempt has lost its answer. */
const lost: ErrorInfo = new AppError('WECOM_TIMEOUT', { reason: 'unknown' }).toInfo();

/**
 * A message that may not be sent any more, and why: it has expired, or an attempt may have put it into the chat and WeCom would
 * take it for another one if it came again now, `timeoutMs` at the latest. Null where there is none.
 */
export function overEntry(
  { entries }: Lane,
  now: number,
  timeoutMs: number,
): { readonly entry: Entry; readonly error: ErrorInfo } | null {
  for (const entry of entries) {
    const { expiresAt, repeatUntil, error } = entry.message;
    if (entry.sending) continue;
    if (expiresAt <= now) return { entry, error: expired };
    if (repeatUntil !== null && repeatUntil <= now + timeoutMs) {
      return { entry, error: error ?? lost };
    }
  }
  return null;
}
