import type { IncomingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { AttachResponse } from '../../../common/tunnel/control.ts';
import { dataPath, headLimits, windows } from '../../../common/tunnel/protocol.ts';
import type { TunnelStream } from '../../../gateway/types.ts';
import { startServerSession } from '../http2/server-session.ts';
import { classify, type FaultContext } from './faults.ts';
import { closingOf } from './fate.ts';
import { ping } from './liveness.ts';
import type { Timing } from './timing.ts';

/** Streams one session takes at once. */
const MAX_STREAMS = 1_000;

export interface DataOptions {
  /** From `dial` with `alpn.data`; taken over. */
  readonly socket: TLSSocket;
  readonly generation: number;
  /** Which of the link's sessions this is, from 0. */
  readonly index: number;
  readonly heartbeatMs: number;
  readonly timing: Timing;
  readonly log: Logger;
  /** Aborted when the link is given up, which a session that is not attached yet does not outlive. */
  readonly signal: AbortSignal;
  readonly faults: () => FaultContext;
}

export interface DataHandlers {
  /** A request of the public, or an upgrade. */
  readonly onStream: (stream: TunnelStream, headers: IncomingHttpHeaders) => void;
  /** The session ended after it was attached and without our asking; called once. */
  readonly onLost: (error: AppError) => void;
}

/** An attached data session: the relay sends requests on it. */
export interface DataSession {
  inFlight(): number;
  /** Bytes so far, inside TLS. */
  bytes(): { readonly received: number; readonly sent: number };
  /** Ends the session unless something arrives within the deadline. */
  probe(deadlineMs: number): void;
  /** Takes nothing new from `graceMs` on, ends once what is under way is done, or after `limitMs`. */
  retire(limitMs: number, graceMs?: number): void;
  destroy(): void;
  readonly closed: Promise<void>;
}

/**
 * Turns the roles of a data connection round and resolves when the relay has attached it.
 * Throws `RELAY_TIMEOUT` when it does not, else what the connection died of.
 */
export async function openData(options: DataOptions, handlers: DataHandlers): Promise<DataSession> {
  const { socket, timing } = options;
  const attached = Promise.withResolvers<void>();
  const session = startServerSession(socket, {
    streamWindow: windows.streamBytes,
    sessionWindow: windows.sessionBytes,
    maxStreams: MAX_STREAMS,
    fields: headLimits,
    onStream: (stream, headers) => {
      if (headers[':path'] !== dataPath.attach || headers[':method'] !== 'GET') {
        handlers.onStream(stream, headers);
        return;
      }
      answerAttach(stream, { generation: options.generation, index: options.index });
      attached.resolve();
    },
    onDefect: (err) => options.log.error({ err }, 'data session ended by a defect'),
  });
  const closed = closingOf(socket);
  const received = (): number => socket.bytesRead;
  const ask = (answered: (roundTrip: number | null) => void): boolean =>
    session.ping((_, roundTrip) => answered(roundTrip));
  let isSilent = false;
  const timers = new Set<NodeJS.Timeout>();

  const destroy = (): void => {
    isSilent = true;
    clearInterval(heartbeat);
    for (const timer of timers) clearTimeout(timer);
    session.destroy();
  };
  const lose = (thrown: unknown): void => {
    const isNews = !isSilent;
    destroy();
    if (isNews) handlers.onLost(classify(socket.errored ?? thrown, options.faults()));
  };
  const probe = (deadlineMs: number): void => {
    ping(ask, { deadlineMs, received }).catch(lose);
  };
  const later = (ms: number, run: () => void): void => void timers.add(setTimeout(run, ms));
  const heartbeat = setInterval(() => probe(timing.pingDeadline), options.heartbeatMs);

  const deadline = setTimeout(
    () => attached.reject(new AppError('RELAY_TIMEOUT', { reason: 'attach' })),
    timing.dial,
  );
  const giveUp = (): void =>
    attached.reject(new AppError('SESSION_LOST', { reason: 'superseded' }));
  if (options.signal.aborted) giveUp();
  options.signal.addEventListener('abort', giveUp);
  void closed.then(() => attached.reject(new AppError('SESSION_LOST', { reason: 'closed' })));
  try {
    await attached.promise;
  } catch (thrown) {
    destroy();
    await closed;
    throw classify(socket.errored ?? thrown, options.faults());
  } finally {
    clearTimeout(deadline);
    options.signal.removeEventListener('abort', giveUp);
  }
  void closed.then(() => lose(new AppError('SESSION_LOST', { reason: 'closed' })));

  return {
    inFlight: () => session.openStreams,
    bytes: () => ({ received: socket.bytesRead, sent: socket.bytesWritten }),
    probe,
    retire: (limitMs, graceMs = 0) => {
      if (isSilent) return;
      isSilent = true;
      // Its link may have been lost because the way is dead: then nothing of it is worth the wait.
      probe(timing.pingDeadline);
      // GOAWAY: the relay takes what crosses with it elsewhere (REFUSED_STREAM, RFC 9113 §8.7).
      later(graceMs, () => session.close());
      later(limitMs, destroy);
    },
    destroy,
    closed,
  };
}

function answerAttach(stream: TunnelStream, answer: AttachResponse): void {
  const fields = { ':status': 200, 'content-type': 'application/json' };
  stream.answer(fields, JSON.stringify(answer));
}
