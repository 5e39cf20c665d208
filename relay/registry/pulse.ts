import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { timing } from '../../common/tunnel/protocol.ts';

/** An HTTP/2 session that can be asked for life. */
export interface Pingable {
  /**
   * Sends a PING; calls back with the round trip in milliseconds, null where it is not known, or with `alive` false when the
   * session ends before. False when it cannot be asked.
   */
  ping(answered: (alive: boolean, roundTrip: number | null) => void): boolean;
  onClose(listener: () => void): void;
}

/** A session of node:http2. */
export function pingable(session: Http2Session): Pingable {
  return {
    ping: (answered) => {
      // Node pings no session that is closing. What it still carries is bounded by whoever closes it.
      if (session.closed && !session.destroyed) {
        answered(true, null);
        return true;
      }
      try {
        // A destroyed session throws here instead of calling back.
        return session.ping((error, duration) => {
          answered(error === null, error === null ? duration : null);
        });
      } catch {
        return false;
      }
    },
    onClose: (listener) => session.once('close', listener),
  };
}

/** Watches that the other end of an HTTP/2 session is alive. */
export interface Pulse {
  /**
   * Asks now. False when nothing at all came back within `deadlineMs`: the connection is then destroyed.
   * Callers at the same time share one question, unless the one under way may last longer.
   */
  probe(deadlineMs: number): Promise<boolean>;
  /** Milliseconds of the last answered ping; null before the first. */
  roundTrip(): number | null;
  stop(): void;
}

export interface PulseTimes {
  readonly intervalMs: number;
  readonly deadlineMs: number;
}

/**
 * Sends a PING (RFC 9113 §6.7) at each interval. When one stays unanswered beyond its deadline and no other byte came
 * either, the *socket* is destroyed: closing the session would wait for a peer that is gone.
 */
export function startPulse(
  session: Pingable,
  socket: Socket,
  onDead: () => void,
  times: PulseTimes = { intervalMs: timing.heartbeat, deadlineMs: timing.pingDeadline },
): Pulse {
  let stopped = false;
  let roundTrip: number | null = null;
  let current: { readonly answer: Promise<boolean>; readonly endsAt: number } | null = null;
  let timer: NodeJS.Timeout;

  const ask = (deadlineMs: number): Promise<boolean> => {
    const endsAt = performance.now() + deadlineMs;
    if (current !== null && current.endsAt <= endsAt) return current.answer;
    const answer = ping(session, socket, deadlineMs).then((reply) => {
      if (current === question) current = null;
      if (reply.roundTrip !== null) roundTrip = reply.roundTrip;
      if (!reply.alive && !stopped) {
        stop();
        onDead();
        socket.destroy();
      }
      return reply.alive;
    });
    const question = { answer, endsAt };
    current = question;
    return answer;
  };

  const beat = async (): Promise<void> => {
    await ask(times.deadlineMs);
    if (!stopped) schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(() => void beat(), times.intervalMs);
    timer.unref();
  };

  const stop = (): void => {
    stopped = true;
    clearTimeout(timer);
  };

  schedule();
  session.onClose(stop);
  return { probe: ask, roundTrip: () => roundTrip, stop };
}

function ping(
  session: Pingable,
  socket: Socket,
  deadlineMs: number,
): Promise<{ alive: boolean; roundTrip: number | null }> {
  return new Promise((resolve) => {
    const before = socket.bytesRead;
    const judge = (): void => {
      // Behind a full pipe the answer may be late; bytes that keep coming are life as well.
      resolve({ alive: socket.bytesRead > before, roundTrip: null });
    };
    // When this process itself stood still, its timers run before what has arrived meanwhile is read.
    const timer = setTimeout(() => setImmediate(judge), deadlineMs);
    const settle = (alive: boolean, roundTrip: number | null): void => {
      clearTimeout(timer);
      resolve({ alive, roundTrip });
    };
    const isSent = session.ping(settle);
    if (!isSent) settle(false, null);
  });
}
