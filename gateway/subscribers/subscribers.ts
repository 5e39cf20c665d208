import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { InboundMessage } from '../../common/domain/inbound.ts';
import type { Logger } from '../../common/domain/log.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import { header } from '../../common/tunnel/protocol.ts';
import { MAX_ANSWER_BYTES } from '../delivery/answer.ts';
import { bearerKey, holds, type Authorize } from '../management/keys.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ApiKeyConfig, GatewayConfig } from '../types.ts';
import { KEY_REVOKED, MAX_BUFFERED_BYTES, SUBSCRIBE_PATH, TARGET_REMOVED } from './limits.ts';
import type { TargetSockets } from './target-sockets.ts';

/** A browser cannot set `Authorization` on a WebSocket, so that it offers its key as a subprotocol of this prefix. */
const KEY_PROTOCOL = 'causeway.key.';
const MAX_SUBSCRIBERS = 1000;
const MAX_FRAME_BYTES = 64 << 10;
/** A target's subscriber sends answers, as long as an HTTP target's may be, and room for the frame around them. */
const MAX_ANSWER_FRAME_BYTES = MAX_ANSWER_BYTES + (64 << 10);
const PING_MS = 30_000;
/** Time for a subscriber to say goodbye back before it is cut off. */
const GOODBYE_MS = 1_000;

/**
 * WebSocket subscribers: each gets every inbound message as one JSON text frame. Whose key belongs to a target gets that
 * target's messages instead, and answers them.
 */
export interface Subscribers {
  /** Answers an HTTP/1.1 upgrade; whatever is not an authorised one of `/api/ws` is refused. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  publish(message: InboundMessage): void;
  readonly count: number;
  /** Closes, by what is configured now, those whose key was taken away (4401) or whose target is gone (4404). */
  review(): void;
  /** Says goodbye (1001) to everybody. */
  close(): void;
}

/** Starts an empty set of {@link Subscribers}. */
export function createSubscribers(options: {
  readonly authorize: Authorize;
  readonly config: () => Pick<GatewayConfig, 'apiKeys' | 'targets'>;
  readonly sockets: TargetSockets;
  readonly metrics: Metrics;
  readonly log: Logger;
}): Subscribers {
  const { metrics, log } = options;
  const labels = { route: SUBSCRIBE_PATH };
  const alive = new Map<WebSocket, boolean>();
  const keys = new Map<WebSocket, ApiKeyConfig>();
  /** Those that get every message. */
  const listeners = new Set<WebSocket>();
  const accept = (maxPayload: number): WebSocketServer =>
    new WebSocketServer({
      noServer: true,
      maxPayload,
      // A protocol without a secret is preferred: the choice is sent back in a header.
      handleProtocols: (offered) =>
        [...offered].find((name) => !name.startsWith(KEY_PROTOCOL)) ?? [...offered][0] ?? false,
    });
  const server = accept(MAX_FRAME_BYTES);
  const targetServer = accept(MAX_ANSWER_FRAME_BYTES);

  const heartbeat = setInterval(() => {
    for (const [socket, answered] of alive) {
      if (!answered) {
        socket.terminate();
        continue;
      }
      alive.set(socket, false);
      socket.ping();
    }
  }, PING_MS);
  heartbeat.unref();

  function join(socket: WebSocket, key: ApiKeyConfig): void {
    alive.set(socket, true);
    keys.set(socket, key);
    socket.on('pong', () => alive.set(socket, true));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      alive.delete(socket);
      keys.delete(socket);
    });
  }

  function dismiss(socket: WebSocket, code: number, reason: string): void {
    socket.close(code, reason);
    const overdue = setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
    socket.once('close', () => clearTimeout(overdue));
  }

  const serves = (target: string): boolean =>
    options.config().targets.some(({ id, url }) => id === target && url === '');

  const isGood = ({ hash, target }: ApiKeyConfig): boolean =>
    options
      .config()
      .apiKeys.some((key) => key.hash === hash && key.target === target && holds(key, 'subscribe'));

  function listen(socket: WebSocket, key: ApiKeyConfig): void {
    join(socket, key);
    listeners.add(socket);
    socket.on('message', () => metrics.wsMessages.inc({ ...labels, direction: 'in' }));
    socket.on('close', () => listeners.delete(socket));
  }

  function check(request: IncomingMessage): ApiKeyConfig {
    const [path] = (request.url ?? '').split('?');
    if (path !== SUBSCRIBE_PATH) throw new AppError('NOT_FOUND');
    const key = options.authorize(bearerKey(request.headers) ?? offeredKey(request), 'subscribe');
    if (key.target !== undefined && !serves(key.target)) throw new AppError('NOT_FOUND');
    if (alive.size >= MAX_SUBSCRIBERS) throw new AppError('BUSY');
    return key;
  }

  return {
    handleUpgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      let key: ApiKeyConfig;
      try {
        key = check(request);
      } catch (error) {
        refuseUpgrade(socket, toErrorInfo(error).code);
        return;
      }
      const { target } = key;
      if (target === undefined) {
        server.handleUpgrade(request, socket, head, (accepted) => listen(accepted, key));
      } else {
        targetServer.handleUpgrade(request, socket, head, (accepted) => {
          join(accepted, key);
          options.sockets.join(target, accepted, socket);
        });
      }
    },
    publish(message) {
      if (listeners.size === 0) return;
      const frame = JSON.stringify({ type: 'message', message });
      for (const socket of listeners) {
        if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
          log.warn({}, 'subscriber reads too slowly, disconnected');
          socket.terminate();
          continue;
        }
        socket.send(frame, () => undefined);
        metrics.wsMessages.inc({ ...labels, direction: 'out' });
      }
    },
    get count() {
      return alive.size;
    },
    review() {
      for (const [socket, key] of keys) {
        const { id, target } = key;
        if (target !== undefined && !serves(target)) {
          log.info({ key: id, target }, 'subscriber dismissed: its target is gone');
          dismiss(socket, TARGET_REMOVED, 'target_removed');
        } else if (!isGood(key)) {
          log.info({ key: id }, 'subscriber dismissed: its key was taken away');
          dismiss(socket, KEY_REVOKED, 'key_revoked');
        }
      }
    },
    close() {
      clearInterval(heartbeat);
      for (const socket of alive.keys()) dismiss(socket, 1001, 'going_away');
      server.close();
      targetServer.close();
    },
  };
}

function offeredKey(request: IncomingMessage): string | null {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',');
  const entry = offered.map((name) => name.trim()).find((name) => name.startsWith(KEY_PROTOCOL));
  return entry === undefined ? null : entry.slice(KEY_PROTOCOL.length);
}

const statuses: Readonly<Partial<Record<ErrorCode, string>>> = {
  NOT_FOUND: '404 Not Found',
  UNAUTHENTICATED: '401 Unauthorized',
  FORBIDDEN: '403 Forbidden',
  BAD_INPUT: '400 Bad Request',
  BUSY: '503 Service Unavailable',
  TARGET_UNREACHABLE: '502 Bad Gateway',
  TARGET_ADDRESS_REFUSED: '502 Bad Gateway',
  TARGET_TIMEOUT: '504 Gateway Timeout',
};

/** Answers an upgrade with an error, in the form of every other answer, and closes. */
export function refuseUpgrade(socket: Duplex, code: ErrorCode): void {
  const body = JSON.stringify({ error: { code } });
  socket.end(
    [
      `HTTP/1.1 ${statuses[code] ?? '500 Internal Server Error'}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      `${header.source}: agent`,
      `${header.error}: ${code}`,
      '',
      body,
    ].join('\r\n'),
  );
}
