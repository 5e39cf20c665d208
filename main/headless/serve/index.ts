import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifyRateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import type { Capability } from '../../../common/contract/define.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { Core } from '../../core/index.ts';
import { createAuth } from './auth.ts';
import { addConsoleFiles } from './console-files.ts';
import { allowedHosts, refusalOf } from './guard.ts';
import { securityHeaders } from './headers.ts';
import { addLogin, LOGIN_ROUTE } from './login.ts';
import { sendNotice } from './respond.ts';
import { bearerOf, createUpgradeDoor, headerOf } from './upgrade.ts';

export { LOGIN_LINKS_PATH } from './login.ts';

export interface ConsoleOptions {
  readonly core: Pick<Core, 'dispatch' | 'subscribe' | 'log'>;
  /** Directory of the built console: `index.html` and its assets. */
  readonly rendererDir: string;
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Browsers may look but not touch. The command line still may: its user owns the token file. */
  readonly readonly: boolean;
  readonly now?: () => number;
}

/** The console for browsers on this machine. */
export interface ConsoleServer {
  /** `http://127.0.0.1:P` */
  readonly origin: string;
  /** Bearer token of the command line. A credential. */
  readonly token: string;
  /** A new one-time login address. A credential. */
  loginLink(): string;
  close(): Promise<void>;
}

const everything: readonly Capability[] = ['read', 'manage', 'reveal', 'send'];

/**
 * Serves the console on loopback: one-time links, session cookies, and checks of Host, Origin and Sec-Fetch-Site on each
 * request and upgrade, after Tailscale's web client. Throws `PORT_IN_USE`.
 */
export async function startConsoleServer(options: ConsoleOptions): Promise<ConsoleServer> {
  const { core, readonly } = options;
  const log = core.log.child({ module: 'console' });
  const token = randomBytes(32).toString('base64url');
  const auth = createAuth(token, options.now ?? Date.now);
  let port = 0;
  let hosts: ReadonlySet<string> = new Set();

  const app = fastify({
    bodyLimit: 1024,
    requestTimeout: 15_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
  });
  await app.register(fastifyCookie);
  await app.register(fastifyRateLimit, { global: false });
  // Cookies do not know ports: two consoles on one machine must not overwrite each other's.
  const cookieName = (): string => `causeway_${port}`;
  const sessionOf = (request: IncomingMessage): string | null =>
    app.parseCookie(request.headers.cookie ?? '')[cookieName()] ?? null;
  const loginLink = (): string => `http://127.0.0.1:${port}/login/${auth.newLink()}`;

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    const bearer = bearerOf(request.headers.authorization);
    const changes = request.method !== 'GET' && request.method !== 'HEAD';
    const refusal = refusalOf(
      {
        host: request.headers.host,
        origin: request.headers.origin,
        secFetchSite: headerOf(request.raw, 'sec-fetch-site'),
      },
      hosts,
      changes && bearer === null,
    );
    if (refusal !== null) {
      log.warn({ reason: refusal, method: request.method }, 'console request refused');
      return sendNotice(request, reply, 'refused', 403);
    }
    if (request.routeOptions.url === LOGIN_ROUTE) return;
    if (bearer !== null && auth.isBearer(bearer)) return;
    const session = sessionOf(request.raw);
    if (session !== null && auth.holds(session, true)) return;
    return sendNotice(request, reply, 'signIn', 401);
  });
  addErrors(app, log);
  addLogin(app, { auth, cookieName, sessionOf, newLink: loginLink, log });
  await addConsoleFiles(app, options.rendererDir);

  const door = createUpgradeDoor({
    core,
    auth,
    hosts: () => hosts,
    sessionOf,
    browserMay: new Set(readonly ? ['read'] : everything),
    cliMay: new Set(everything),
    log,
  });
  app.server.on('upgrade', (request, socket, head) => door.upgrade(request, socket, head));

  try {
    await app.listen({ host: '127.0.0.1', port: options.port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new AppError('PORT_IN_USE', { port: String(options.port) });
  }
  ({ port } = app.server.address() as AddressInfo);
  hosts = allowedHosts(port);
  return {
    origin: `http://127.0.0.1:${port}`,
    token,
    loginLink,
    async close() {
      door.close();
      await app.close();
    },
  };
}

function addErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler(async (error: { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 429) return sendNotice(request, reply, 'tooMany', 429);
    if (status < 500) return reply.code(status).send({ code: 'BAD_INPUT' });
    log.error({ err: error }, 'console request failed');
    return reply.code(500).send({ code: 'INTERNAL' });
  });
}
