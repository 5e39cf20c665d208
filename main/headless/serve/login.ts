import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '../../../common/domain/log.ts';
import type { Auth } from './auth.ts';
import { sendNotice } from './respond.ts';
import { bearerOf } from './upgrade.ts';

/** Path of a login link, and the path to which the command line posts for a new one. */
export const LOGIN_ROUTE = '/login/:link';
export const LOGIN_LINKS_PATH = '/api/login-links';
const LOGINS_A_MINUTE = 20;

export interface LoginOptions {
  readonly auth: Auth;
  readonly cookieName: () => string;
  readonly sessionOf: (request: FastifyRequest['raw']) => string | null;
  readonly newLink: () => string;
  readonly log: Logger;
}

/** One-time links in, session cookies out (RFC 6265 §4.1.2). */
export function addLogin(app: FastifyInstance, options: LoginOptions): void {
  const { auth, cookieName, sessionOf, newLink, log } = options;

  app.get<{ Params: { link: string } }>(
    LOGIN_ROUTE,
    {
      // A HEAD, as link previews send, must not spend the link.
      exposeHeadRoute: false,
      config: { rateLimit: { max: LOGINS_A_MINUTE, timeWindow: 60_000 } },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const session = auth.redeem(request.params.link);
      if (session !== null) {
        log.info({}, 'console session opened');
        const flags = { httpOnly: true, sameSite: 'strict', path: '/' } as const;
        return reply.setCookie(cookieName(), session, flags).redirect('/', 303);
      }
      const current = sessionOf(request.raw);
      if (current !== null && auth.holds(current, true)) return reply.redirect('/', 303);
      log.warn({}, 'a login link was refused');
      return sendNotice(request, reply, 'linkSpent', 401);
    },
  );

  app.post(LOGIN_LINKS_PATH, async (request, reply) => {
    // A browser's session does not make links: only who can read the token file does.
    const bearer = bearerOf(request.headers.authorization);
    if (bearer === null || !auth.isBearer(bearer)) {
      return sendNotice(request, reply, 'refused', 403);
    }
    return reply.header('cache-control', 'no-store').send({ link: newLink() });
  });
}
