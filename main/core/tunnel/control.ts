import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import * as z from 'zod';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import {
  HeartbeatResponse,
  ProbeResponse,
  RegisterResponse,
  RelayEvent,
  RenewResponse,
} from '../../../common/tunnel/control.ts';
import {
  PROTOCOL_VERSION,
  SESSIONS_WANTED,
  controlPath,
  windows,
} from '../../../common/tunnel/protocol.ts';
import { exchange, refusalOf, RelayRefusal } from './exchange.ts';
import { classify, type FaultContext } from './faults.ts';
import { tie } from './fate.ts';
import { lineReader } from './lines.ts';
import { askBy, ping } from './liveness.ts';
import type { Timing } from './timing.ts';

/** No event comes near: the longest lists domains. */
const MAX_EVENT_LENGTH = 64 * 1024;

export interface ControlOptions {
  /** From `dial` with `alpn.control`; taken over. */
  readonly socket: TLSSocket;
  readonly version: string;
  /** How often this run has registered before. */
  readonly registrations: number;
  /** Milliseconds between heartbeats. Default: what the relay asks for. */
  readonly heartbeatMs?: number | undefined;
  /** Name of the tunnel that this device carries; empty while it is not known. */
  readonly tunnel?: string;
  readonly yields?: boolean;
  /** Codings in which bodies of requests are taken. */
  readonly codings?: readonly string[];
  readonly timing: Timing;
  readonly log: Logger;
  readonly now: () => number;
  readonly faults: () => FaultContext;
}

export interface Clocks {
  readonly rttMs: number;
  /** Relay's clock minus ours. */
  readonly clockSkewMs: number;
}

export interface ControlHandlers {
  readonly onClocks: (clocks: Clocks) => void;
  readonly onEvent: (event: RelayEvent) => void;
  /** The session ended without our asking; called once, never after `close`. */
  readonly onLost: (error: AppError, retryAfterMs: number | null) => void;
}

/** A registered control session. */
export interface ControlSession {
  readonly registration: RegisterResponse;
  /** For egress: CONNECT streams. */
  readonly http2: ClientHttp2Session;
  /** Asks for a certificate. Throws what {@link exchange} throws. */
  renew(csr: string): Promise<RenewResponse>;
  /** Has the relay ask for `path` through the tunnel. Throws what {@link exchange} throws, and `TUNNEL_OFFLINE`. */
  ask(path: string): Promise<ProbeResponse>;
  /** Tells the relay to send nothing new. False when it does not confirm: it is gone, or as good as gone. */
  announceDrain(deadlineMs: number): Promise<boolean>;
  /** Ends the session unless something arrives within the deadline. */
  probe(deadlineMs: number): void;
  /** Takes no new streams, ends when the open ones have. */
  close(): void;
  destroy(): void;
  readonly closed: Promise<void>;
}

/**
 * Registers this device on a control connection and keeps the session alive by heartbeats that carry both clocks.
 * Throws `RelayRefusal` when the relay says no, else `AppError` (`SESSION_LOST`, `CERT_*`, `RELAY_NOT_CAUSEWAY`).
 */
export async function openControl(
  options: ControlOptions,
  handlers: ControlHandlers,
): Promise<ControlSession> {
  const { timing, now } = options;
  const session = connect(options.socket);
  const received = (): number => options.socket.bytesRead;
  const fate = tie(session, options.socket);
  let registration: RegisterResponse;
  let ended = false;
  const timers = new Set<NodeJS.Timeout>();

  const finish = (): void => {
    ended = true;
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  };
  const lose = (thrown: unknown): void => {
    if (ended) return;
    finish();
    options.socket.destroy();
    const cause = fate.cause() ?? thrown;
    if (cause instanceof RelayRefusal) handlers.onLost(cause.error, cause.retryAfterMs);
    else handlers.onLost(classify(cause, options.faults()), null);
  };

  const timed = async <T extends { clock: number }>(
    path: string,
    body: object,
    answer: z.ZodType<T>,
  ): Promise<T> => {
    const sent = now();
    const began = performance.now();
    const got = await exchange(
      session,
      path,
      { ...body, clock: sent },
      answer,
      timing.pingDeadline,
    );
    const rttMs = performance.now() - began;
    handlers.onClocks({ rttMs, clockSkewMs: Math.round(got.clock - (sent + rttMs / 2)) });
    return got;
  };

  const beat = async (): Promise<void> => {
    const { generation } = registration;
    try {
      await timed(controlPath.heartbeat, { generation }, HeartbeatResponse);
      schedule();
    } catch (thrown) {
      lose(thrown);
    }
  };
  const schedule = (): void => {
    if (ended) return;
    timers.clear();
    timers.add(setTimeout(() => void beat(), options.heartbeatMs ?? registration.heartbeatMs));
  };

  try {
    registration = await timed(
      controlPath.register,
      {
        protocol: PROTOCOL_VERSION,
        version: options.version,
        sessions: SESSIONS_WANTED,
        attempt: options.registrations,
        ...(options.tunnel === undefined || options.tunnel === ''
          ? {}
          : { tunnel: options.tunnel }),
        ...(options.yields === true ? { yields: true } : {}),
        ...(options.codings === undefined ? {} : { codings: options.codings }),
      },
      RegisterResponse,
    );
  } catch (thrown) {
    finish();
    options.socket.destroy();
    await fate.closed;
    const cause = fate.cause() ?? thrown;
    throw cause instanceof RelayRefusal ? cause : classify(cause, options.faults());
  }

  const events = listen(session, handlers.onEvent, lose, options.log);
  schedule();
  void fate.closed.then(() => lose(new AppError('SESSION_LOST', { reason: 'closed' })));

  return {
    registration,
    http2: session,
    renew: (csr) =>
      exchange(session, controlPath.renew, { csr }, RenewResponse, timing.pingDeadline),
    ask: (path) =>
      // The relay gives up a moment before.
      exchange(session, controlPath.probe, { path }, ProbeResponse, timing.probeDeadline * 1.5),
    announceDrain: async (deadlineMs) => {
      try {
        await exchange(session, controlPath.drain, {}, z.unknown(), deadlineMs);
        return true;
      } catch (thrown) {
        options.log.debug({ error: String(thrown) }, 'relay did not confirm the drain');
        return false;
      }
    },
    probe: (deadlineMs) => {
      ping(askBy(session), { deadlineMs, received }).catch(lose);
    },
    close: () => {
      finish();
      // It has no end of its own, and the session would wait for it.
      events.close(http2.constants.NGHTTP2_CANCEL);
      session.close();
    },
    destroy: () => {
      finish();
      session.destroy();
      options.socket.destroy();
    },
    closed: fate.closed,
  };
}

function connect(socket: TLSSocket): ClientHttp2Session {
  const session = http2.connect('https://relay.causeway', {
    createConnection: () => socket,
    settings: { initialWindowSize: windows.streamBytes, enablePush: false },
    maxSessionMemory: 64,
  });
  session.once('connect', () => session.setLocalWindowSize(windows.sessionBytes));
  return session;
}

/** The relay's own words, a JSON line each; lines of a newer relay that mean nothing here are passed over. */
function listen(
  session: ClientHttp2Session,
  onEvent: (event: RelayEvent) => void,
  onEnd: (error: Error) => void,
  log: Logger,
): ClientHttp2Stream {
  const stream = session.request({ ':method': 'GET', ':path': controlPath.events });
  const read = lineReader((line) => {
    const event = parseEvent(line);
    if (event === null) log.debug({}, 'event of the relay passed over');
    else onEvent(event);
  }, MAX_EVENT_LENGTH);
  let status = 200;
  let refusal = '';
  stream.on('response', (headers) => (status = Number(headers[':status'])));
  stream.on('data', (chunk: Buffer) => {
    if (status !== 200)
      refusal += chunk.toString('latin1').slice(0, MAX_EVENT_LENGTH - refusal.length);
    else if (!read(chunk)) stream.destroy();
  });
  stream.on('error', () => undefined);
  // Without its events a revocation would go unheard, so the session is not worth keeping.
  stream.once('close', () => {
    if (status === 200) onEnd(new AppError('SESSION_LOST', { reason: 'events' }));
    else onEnd(refusalOf(status, refusal));
  });
  return stream;
}

function parseEvent(line: string): RelayEvent | null {
  try {
    return RelayEvent.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
