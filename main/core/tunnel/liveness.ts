import type { Http2Session } from 'node:http2';
import { AppError } from '../../../common/errors/app-error.ts';

/** Sends a PING (RFC 9113 §6.7); calls back with the round trip in milliseconds, null when the session ends. False when it cannot. */
export type Ask = (answered: (roundTrip: number | null) => void) => boolean;

export interface PingOptions {
  readonly deadlineMs: number;
  /** Grows with every byte that arrives: while it does, a late answer is a busy link and not a dead one. */
  readonly received: () => number;
}

/**
 * One PING with a deadline. Resolves with the round trip in milliseconds; rejects with `SESSION_LOST` when nothing at all
 * arrives for `deadlineMs`, or the session is gone.
 */
export function ping(ask: Ask, options: PingOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const lost = (reason: string): void => {
      clearInterval(timer);
      reject(new AppError('SESSION_LOST', { reason }));
    };
    let seen = options.received();
    const judge = (): void => {
      const received = options.received();
      if (received === seen) lost('ping');
      seen = received;
    };
    // When this process itself stood still, its timers run before what has arrived meanwhile is read.
    const timer = setInterval(() => setImmediate(judge), options.deadlineMs);
    const sent = ask((roundTrip) => {
      if (roundTrip === null) return lost('closed');
      clearInterval(timer);
      resolve(roundTrip);
    });
    if (!sent) lost('ping');
  });
}

/** Asks by a session of node:http2. One that is closing counts as alive, at once. */
export function askBy(session: Http2Session): Ask {
  return (answered) => {
    // Node pings no session that is closing. What it still carries is bounded by whoever closes it.
    if (session.closed && !session.destroyed) {
      answered(0);
      return true;
    }
    const onClose = (): void => answered(null);
    session.once('close', onClose);
    let sent = false;
    try {
      // Throws on a destroyed session, and says false when too many pings are outstanding.
      sent = session.ping((error, duration) => {
        session.removeListener('close', onClose);
        answered(error === null ? duration : null);
      });
    } catch {
      answered(null);
      return true;
    } finally {
      if (!sent) session.removeListener('close', onClose);
    }
    return sent;
  };
}
