import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Capability } from '../../../common/contract/define.ts';
import { CONSOLE_SOCKET_PATH } from '../../../common/contract/wire.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { Core } from '../../core/index.ts';
import type { Auth } from './auth.ts';
import { refusalOf } from './guard.ts';
import { closeCode } from '../../../common/contract/connection.ts';
import { serveSocket } from './socket.ts';

/** Bytes of one frame that a console may send. */
const MAX_PAYLOAD = 4 * 1024 * 1024;
const MAX_CONNECTIONS = 64;
/** How long a console may take to say goodbye. */
const CLOSE_MS = 1_000;

export interface UpgradeOptions {
  readonly core: Pick<Core, 'dispatch' | 'subscribe'>;
  readonly auth: Auth;
  readonly hosts: () => ReadonlySet<string>;
  /** The session id of a request's cookie. */
  readonly sessionOf: (request: IncomingMessage) => string | null;
  readonly browserMay: ReadonlySet<Capability>;
  readonly cliMay: ReadonlySet<Capability>;
  readonly log: Logger;
}

/** The console's WebSocket door. */
export interface UpgradeDoor {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

export function createUpgradeDoor(options: UpgradeOptions): UpgradeDoor {
  const { core, auth, hosts, sessionOf, browserMay, cliMay, log } = options;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD,
    perMessageDeflate: false,
  });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const bearer = bearerOf(request.headers.authorization);
    const refusal = refusalOf(
      {
        host: request.headers.host,
        origin: request.headers.origin,
        secFetchSite: headerOf(request, 'sec-fetch-site'),
      },
      hosts(),
      bearer === null,
    );
    if (refusal !== null) {
      log.warn({ reason: refusal }, 'console connection refused');
      return answer(socket, 403);
    }
    if (request.url !== CONSOLE_SOCKET_PATH) return answer(socket, 404);
    const session = sessionOf(request);
    const authorised =
      bearer !== null
        ? () => auth.isBearer(bearer)
        : (used: boolean) => session !== null && auth.holds(session, used);
    if (!authorised(true)) return answer(socket, 401);
    if (server.clients.size >= MAX_CONNECTIONS) return answer(socket, 503);
    server.handleUpgrade(request, socket, head, (accepted) => {
      const caller =
        bearer !== null
          ? { name: 'cli', has: cliMay }
          : { name: `browser ${request.socket.remoteAddress ?? ''}`.trim(), has: browserMay };
      serveSocket(accepted, { core, caller, authorised, log });
    });
  };
  return {
    upgrade,
    close() {
      for (const client of server.clients) client.close(closeCode.goingAway, 'stopping');
      // A tab that sleeps does not answer, and the HTTP server waits for its socket.
      setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, CLOSE_MS).unref();
      server.close();
    },
  };
}

/** The token of an Authorization field of the Bearer scheme (RFC 6750 §2.1), or null without one. */
export function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** The first value of a header field. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function answer(socket: Duplex, status: 401 | 403 | 404 | 503): void {
  const reason = {
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'Not Found',
    503: 'Service Unavailable',
  };
  socket.end(
    `HTTP/1.1 ${status} ${reason[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    () => socket.destroy(),
  );
}
