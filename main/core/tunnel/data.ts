import http2, {
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { AppError } from '../../../common/errors/app-error.ts';
import type { AttachResponse } from '../../../common/tunnel/control.ts';
import { dataPath, windows } from '../../../common/tunnel/protocol.ts';
import { classify, type FaultContext } from './faults.ts';
import { tie } from './fate.ts';
import { ping } from './liveness.ts';
import type { Timing } from './timing.ts';

/** Streams one session takes at once. */
const MAX_STREAMS = 1_000;
/** Headers of one request; Node's default of 128 is less than some proxies add. */
const MAX_HEADERS = 256;
/** Megabytes nghttp2 may hold for one session beyond the windows. */
const SESSION_MEMORY_MB = 64;

export interface DataOptions {
  /** From `dial` with `alpn.data`; taken over. */
  readonly socket: TLSSocket;
  readonly generation: number;
  /** Which of the link's sessions this is, from 0. */
  readonly index: number;
  readonly heartbeatMs: number;
  readonly timing: Timing;
  readonly faults: () => FaultContext;
}

export interface DataHandlers {
  /** A request of the public, or an upgrade. */
  readonly onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
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
  const session = serve(socket);
  const fate = tie(session, socket);
  const received = (): number => socket.bytesRead;
  let inFlight = 0;
  let ended = false;
  const timers = new Set<NodeJS.Timeout>();

  const finish = (): void => {
    ended = true;
    clearInterval(heartbeat);
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  };
  const destroy = (): void => {
    finish();
    session.destroy();
    socket.destroy();
  };
  const lose = (thrown: unknown): void => {
    if (ended) return;
    destroy();
    handlers.onLost(classify(fate.cause() ?? thrown, options.faults()));
  };
  const probe = (deadlineMs: number): void => {
    ping(session, { deadlineMs, received }).catch(lose);
  };

  const attached = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new AppError('RELAY_TIMEOUT', { reason: 'attach' })),
      timing.dial,
    );
    timers.add(timer);
    void fate.closed.then(() => reject(new AppError('SESSION_LOST', { reason: 'closed' })));
    session.on('stream', (stream, headers) => {
      inFlight += 1;
      stream.once('close', () => {
        inFlight -= 1;
      });
      if (headers[':path'] === dataPath.attach && headers[':method'] === 'GET') {
        answerAttach(stream, { generation: options.generation, index: options.index });
        clearTimeout(timer);
        resolve();
      } else handlers.onStream(stream, headers);
    });
  });
  const heartbeat = setInterval(() => probe(timing.pingDeadline), options.heartbeatMs);

  try {
    await attached;
  } catch (thrown) {
    destroy();
    await fate.closed;
    throw classify(fate.cause() ?? thrown, options.faults());
  }
  void fate.closed.then(() => lose(new AppError('SESSION_LOST', { reason: 'closed' })));

  return {
    inFlight: () => inFlight,
    bytes: () => ({ received: socket.bytesRead, sent: socket.bytesWritten }),
    probe,
    retire: (limitMs, graceMs = 0) => {
      if (ended) return;
      finish();
      // GOAWAY: the relay takes what crosses with it elsewhere (REFUSED_STREAM, RFC 9113 §8.7).
      const goaway = setTimeout(() => session.close(), graceMs);
      const limit = setTimeout(destroy, limitMs);
      void fate.closed.then(() => {
        clearTimeout(goaway);
        clearTimeout(limit);
      });
    },
    destroy,
    closed: fate.closed,
  };
}

function serve(socket: TLSSocket): ServerHttp2Session {
  const session = http2.performServerHandshake(socket, {
    settings: {
      initialWindowSize: windows.streamBytes,
      maxConcurrentStreams: MAX_STREAMS,
      enableConnectProtocol: false,
    },
    maxHeaderListPairs: MAX_HEADERS,
    maxSessionMemory: SESSION_MEMORY_MB,
  });
  session.setLocalWindowSize(windows.sessionBytes);
  return session;
}

function answerAttach(stream: ServerHttp2Stream, answer: AttachResponse): void {
  stream.on('error', () => undefined);
  stream.respond({ ':status': 200, 'content-type': 'application/json' });
  stream.end(JSON.stringify(answer));
}
