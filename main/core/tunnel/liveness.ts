import type { Http2Session } from 'node:http2';
import { AppError } from '../../../common/errors/app-error.ts';

export interface PingOptions {
  readonly deadlineMs: number;
  /** Grows with every byte that arrives: while it does, a late answer is a busy link and not a dead one. */
  readonly received: () => number;
}

/**
 * One HTTP/2 PING (RFC 9113 §6.7) with a deadline. Resolves with the round trip in milliseconds; rejects with
 * `SESSION_LOST` when nothing at all arrives for `deadlineMs`, or the session is gone. A session that is closing counts as
 * alive, at once.
 */
export function ping(session: Http2Session, options: PingOptions): Promise<number> {
  // Node pings no session that is closing. What it still carries is bounded by whoever closes it.
  if (session.closed && !session.destroyed) return Promise.resolve(0);
  return new Promise((resolve, reject) => {
    const lost = (reason: string): void => {
      clearInterval(timer);
      session.removeListener('close', onClose);
      reject(new AppError('SESSION_LOST', { reason }));
    };
    const onClose = (): void => lost('closed');
    let seen = options.received();
    const timer = setInterval(() => {
      const received = options.received();
      if (received === seen) lost('ping');
      seen = received;
    }, options.deadlineMs);
    session.once('close', onClose);
    try {
      // Throws on a destroyed session, and says false when too many pings are outstanding.
      const sent = session.ping((error, duration) => {
        if (error !== null) return lost('closed');
        clearInterval(timer);
        session.removeListener('close', onClose);
        resolve(duration);
      });
      if (!sent) lost('ping');
    } catch {
      lost('closed');
    }
  });
}
