import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import fastifyCookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WebSocketServer } from 'ws';
import { LoginRequest, relayPaths, type RelayApi } from '../../common/contract/relay-api.ts';
import type { DispatcherOf } from '../../common/contract/dispatch.ts';
import type { Capability } from '../../common/contract/define.ts';
import { CONSOLE_SOCKET_PATH } from '../../common/contract/wire.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { Feed } from '../console/feed.ts';
import type { ConsoleCaller } from '../console/handlers.ts';
import { closeCode } from '../../common/contract/connection.ts';
import { serveSocket } from '../console/socket.ts';
import type { AdminUser } from '../store/admin-users.ts';
import type { AuditStore } from '../store/audit.ts';
import type { Accounts } from './accounts.ts';
import { auditLines } from './audit-lines.ts';
import { addConsoleFiles, securityHeaders } from './console-files.ts';
import { read } from './errors.ts';
import type { Guard } from './guard.ts';
import type { Sessions } from './sessions.ts';

const MAX_PAYLOAD = 256 * 1024;
const MAX_CONNECTIONS = 64;
const EVERYTHING: ReadonlySet<Capability> = new Set<Capability>(['read', 'manage']);

export interface ConsoleOptions {
  readonly rendererDir: string;
  readonly secure: boolean;
  readonly port: () => number;
  readonly guard: () => Guard;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly dispatcher: DispatcherOf<RelayApi, ConsoleCaller>;
  readonly feed: Feed;
  readonly audit: AuditStore;
  readonly log: Logger;
}

/** The relay's console for browsers: its files, sign-in, and the socket of its contract. Returns what ends the sockets. */
export async function addConsole(
  app: FastifyInstance,
  options: ConsoleOptions,
): Promise<() => void> {
  const { sessions, accounts, secure, log } = options;
  await app.register(fastifyCookie);
  // Cookies do not know ports: two relays on one machine must not overwrite each other's.
  const cookieName = (): string => `${secure ? '__Host-' : ''}causeway_relay_${options.port()}`;
  const flags = { httpOnly: true, sameSite: 'strict', path: '/', secure } as const;
  const idOf = (request: IncomingMessage): string | null =>
    app.parseCookie(request.headers.cookie ?? '')[cookieName()] ?? null;
  const userOf = (request: IncomingMessage, use: boolean): AdminUser | null => {
    const id = idOf(request);
    return id === null ? null : sessions.user(id, use);
  };

  await app.register(async (pages) => {
    pages.addHook('onRequest', async (request, reply) => {
      reply.headers(securityHeaders);
      const changes = request.method !== 'GET' && request.method !== 'HEAD';
      const refusal = options.guard()(request.raw, changes);
      if (refusal === null) return;
      log.warn({ reason: refusal, method: request.method }, 'console request refused');
      throw new AppError('FORBIDDEN', { reason: refusal });
    });
    await addConsoleFiles(pages, options.rendererDir);

    pages.get(relayPaths.session, async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return { user: userOf(request.raw, true)?.user ?? null };
    });
    pages.post(relayPaths.login, async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const wanted = read(LoginRequest, request.body);
      const user = await accounts.logIn(wanted, addressOf(request.raw)).catch((thrown: unknown) => {
        if (thrown instanceof AppError && thrown.code === 'PASSWORD_CHANGE_NEEDED') return null;
        throw thrown;
      });
      // Not a failure but the next question; a browser would report a 4xx on its console.
      if (user === null) return { user: null };
      const old = idOf(request.raw);
      if (old !== null) sessions.close(old);
      const id = sessions.open(user, addressOf(request.raw));
      log.info({ user: user.user, address: addressOf(request.raw) }, 'console session opened');
      return reply.setCookie(cookieName(), id, flags).send({ user: user.user });
    });
    pages.post(relayPaths.logout, async (request, reply) => {
      const id = idOf(request.raw);
      if (id !== null) sessions.close(id);
      return reply.clearCookie(cookieName(), flags).status(204).send();
    });
    pages.get(relayPaths.auditExport, async (request, reply) => {
      if (userOf(request.raw, true) === null) throw new AppError('UNAUTHENTICATED');
      return sendAudit(reply, options.audit);
    });
  });

  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD,
    perMessageDeflate: false,
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = options.guard()(request, true);
    const user = userOf(request, true);
    const id = idOf(request);
    if (refusal !== null) return refuseUpgrade(socket, '403 Forbidden');
    if (request.url !== CONSOLE_SOCKET_PATH) return refuseUpgrade(socket, '404 Not Found');
    if (user === null || id === null) return refuseUpgrade(socket, '401 Unauthorized');
    if (server.clients.size >= MAX_CONNECTIONS) {
      return refuseUpgrade(socket, '503 Service Unavailable');
    }
    const address = addressOf(request);
    const caller: ConsoleCaller = {
      name: `${user.user} ${address}`,
      user: user.user,
      address,
      has: EVERYTHING,
      renewSession: () => sessions.reopen(id, user, address),
    };
    server.handleUpgrade(request, socket, head, (accepted) => {
      serveSocket(accepted, {
        dispatcher: options.dispatcher,
        feed: options.feed,
        caller,
        authorised: (used) => sessions.user(id, used)?.id === user.id,
        log,
      });
    });
  });
  return () => {
    for (const client of server.clients) {
      client.close(closeCode.goingAway, 'stopping');
      client.terminate();
    }
    server.close();
  };
}

/** Streams the whole audit log as JSON lines. */
export function sendAudit(reply: FastifyReply, audit: AuditStore): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('content-disposition', 'attachment; filename="causeway-audit.ndjson"')
    .type('application/x-ndjson')
    .send(Readable.from(auditLines(audit)));
}

/** Address of the TCP peer; an IPv4 address is never written as IPv6. */
export function addressOf(request: FastifyRequest['raw']): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}
