import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { contentSecurityPolicy, NONCE_PLACEHOLDER } from '../../../common/csp.ts';
import type { Capability } from '../../../common/contract/define.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Core } from '../../core/index.ts';
import { createAuth } from './auth.ts';
import { allowedHosts, refusalOf } from './guard.ts';
import { newNonce, securityHeaders } from './headers.ts';
import { noticePage, type Notice } from './pages.ts';
import { bearerOf, createUpgradeDoor } from './upgrade.ts';

/** Path to which the command line posts for a new login link. */
export const LOGIN_LINKS_PATH = '/api/login-links';
const LOGINS_A_MINUTE = 20;

export interface ConsoleOptions {
  readonly core: Pick<Core, 'dispatch' | 'subscribe' | 'log'>;
  /** Directory of the built console: `index.html` and its assets. */
  readonly rendererDir: string;
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Browsers may look but not touch. */
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

/** Serves the console on loopback (`desktop.md` B 7). Throws `PORT_IN_USE`. */
export async function startConsoleServer(options: ConsoleOptions): Promise<ConsoleServer> {
  const { core, rendererDir, readonly } = options;
  const log = core.log.child({ module: 'console' });
  const token = randomBytes(32).toString('base64url');
  const auth = createAuth(token, options.now ?? Date.now);
  const browserMay = new Set<Capability>(
    readonly ? ['read'] : ['read', 'manage', 'reveal', 'send'],
  );
  let hosts: ReadonlySet<string> = new Set();
  let cookieName = '';
  let origin = '';

  const app = fastify({
    bodyLimit: 1024,
    requestTimeout: 15_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    routerOptions: { ignoreDuplicateSlashes: false, maxParamLength: 128 },
  });
  await app.register(fastifyCookie);
  await app.register(fastifyRateLimit, { global: false });

  const sessionOf = (request: IncomingMessage): string | null =>
    app.parseCookie(request.headers.cookie ?? '')[cookieName] ?? null;
  const loginLink = (): string => `${origin}/login/${auth.newLink()}`;
  const page = async (
    request: FastifyRequest,
    reply: FastifyReply,
    notice: Notice,
    status: number,
  ): Promise<void> => {
    const nonce = newNonce();
    await reply
      .code(status)
      .header('cache-control', 'no-store')
      .header('content-security-policy', contentSecurityPolicy(nonce))
      .type('text/html; charset=utf-8')
      .send(noticePage(notice, request.headers['accept-language'], nonce));
  };

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    const bearer = bearerOf(request.headers.authorization);
    const changes = request.method !== 'GET' && request.method !== 'HEAD';
    const site = request.headers['sec-fetch-site'];
    const refusal = refusalOf(
      {
        host: request.headers.host,
        origin: request.headers.origin,
        secFetchSite: Array.isArray(site) ? site[0] : site,
      },
      hosts,
      changes && bearer === null,
    );
    if (refusal !== null) {
      log.warn({ reason: refusal, method: request.method }, 'console request refused');
      return page(request, reply, 'refused', 403);
    }
    if (request.routeOptions.url === '/login/:link') return;
    if (bearer !== null && auth.isBearer(bearer)) return;
    const session = sessionOf(request.raw);
    if (session === null || !auth.holds(session, true)) return page(request, reply, 'signIn', 401);
  });

  app.get<{ Params: { link: string } }>(
    '/login/:link',
    {
      exposeHeadRoute: false,
      config: { rateLimit: { max: LOGINS_A_MINUTE, timeWindow: 60_000 } },
    },
    async (request, reply) => {
      const session = auth.redeem(request.params.link);
      if (session !== null) {
        log.info({}, 'console session opened');
        return reply
          .setCookie(cookieName, session, { httpOnly: true, sameSite: 'strict', path: '/' })
          .header('cache-control', 'no-store')
          .redirect('/', 303);
      }
      const current = sessionOf(request.raw);
      if (current !== null && auth.holds(current, true)) return reply.redirect('/', 303);
      log.warn({}, 'a login link was refused');
      return page(request, reply, 'linkSpent', 401);
    },
  );

  app.post(LOGIN_LINKS_PATH, async (request, reply) => {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer === null || !auth.isBearer(bearer)) return page(request, reply, 'refused', 403);
    return reply.header('cache-control', 'no-store').send({ link: loginLink() });
  });

  const index = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const html = await readFile(join(rendererDir, 'index.html'), 'utf8').catch(() => null);
    if (html === null) return page(request, reply, 'notBuilt', 503);
    const nonce = newNonce();
    await reply
      .header('cache-control', 'no-store')
      .header('content-security-policy', contentSecurityPolicy(nonce))
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(NONCE_PLACEHOLDER, nonce));
  };
  app.get('/', index);
  app.get('/index.html', index);
  await app.register(fastifyStatic, {
    root: join(rendererDir, 'assets'),
    prefix: '/assets/',
    index: false,
    dotfiles: 'deny',
    immutable: true,
    maxAge: '365d',
  });
  app.setNotFoundHandler(async (request, reply) => {
    // The pages of the console are addresses of their own: a reload of one of them is the console again.
    if (
      request.method === 'GET' &&
      extname(request.url.split('?')[0] ?? '') === '' &&
      !request.url.startsWith('/api/')
    ) {
      return index(request, reply);
    }
    return reply.code(404).send({ code: 'NOT_FOUND' });
  });
  app.setErrorHandler(async (error: { statusCode?: number }, request, reply) => {
    if (error.statusCode === 429) return page(request, reply, 'tooMany', 429);
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return reply.code(error.statusCode).send({ code: 'BAD_INPUT' });
    }
    log.error({ err: error }, 'console request failed');
    return reply.code(500).send({ code: 'INTERNAL' });
  });

  const door = createUpgradeDoor({ core, auth, hosts: () => hosts, sessionOf, browserMay, log });
  app.server.on('upgrade', door.upgrade);

  await app.listen({ host: '127.0.0.1', port: options.port }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new AppError('PORT_IN_USE', { port: String(options.port) });
  });
  const { port } = app.server.address() as AddressInfo;
  hosts = allowedHosts(port);
  // Cookies do not know ports: two consoles on one machine must not overwrite each other's.
  cookieName = `causeway_${port}`;
  origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    token,
    loginLink,
    async close() {
      door.close();
      await app.close();
    },
  };
}
