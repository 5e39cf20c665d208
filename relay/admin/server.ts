import { createServer as createHttp } from 'node:http';
import { createServer as createHttps, Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { AppError } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { PublicTls } from '../ingress/server.ts';
import type { Listen } from '../types.ts';
import { keyRoutes, openRoutes, type ApiOptions } from './api.ts';
import { addConsole, type ConsoleOptions } from './console.ts';
import { sendError } from './errors.ts';
import { certificateHosts, createGuard, isLoopback, type Guard } from './guard.ts';
import { checkBearer } from './key.ts';

export interface AdminOptions extends ApiOptions {
  readonly listen: Listen;
  /** Certificate and key of the admin port; needed on an address that others can reach. */
  readonly tls?: PublicTls;
  /** Further names under which the console is opened. */
  readonly hosts: readonly string[];
  readonly key: string;
  readonly console: Omit<ConsoleOptions, 'secure' | 'port' | 'guard' | 'log' | 'audit'>;
  readonly log: Logger;
}

export interface AdminServer {
  /** `http://host:port`, or `https://` with a certificate. */
  readonly address: string;
  /** Connections from now on get this certificate, and its names open the console. Throws when it is none. */
  readonly reloadTls: (tls: PublicTls) => void;
  readonly close: () => Promise<void>;
}

/**
 * The admin port: health and metrics for everybody who reaches it, the API for the holder of the admin key, the console for
 * its users. Throws `CONFIG_INVALID` for plain HTTP where others can listen in, `PORT_IN_USE`.
 */
export async function openAdmin(options: AdminOptions): Promise<AdminServer> {
  const { tls, listen, log } = options;
  if (tls === undefined && !isLoopback(listen.host)) {
    throw new AppError('CONFIG_INVALID', {
      key: 'listen.admin',
      value: listen.host,
      reason:
        'the console is not served over plain HTTP beyond this machine; set adminTls, or listen on 127.0.0.1',
    });
  }
  const app = fastify({
    bodyLimit: 64 * 1024,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
    serverFactory: (handler) =>
      tls === undefined
        ? createHttp(handler)
        : createHttps({ ...tls, minVersion: 'TLSv1.2' }, handler),
  });
  let port = listen.port;
  let guard: Guard = () => 'host';
  app.setErrorHandler((thrown, _request, reply) => sendError(reply, thrown, log));
  app.setNotFoundHandler((_request, reply) => sendError(reply, new AppError('UNKNOWN_CALL'), log));
  openRoutes(app, options);
  await app.register(async (guarded: FastifyInstance) => {
    const allowed = checkBearer(options.key);
    guarded.addHook('onRequest', async (request) => {
      if (!allowed(request.headers.authorization)) throw new AppError('UNAUTHENTICATED');
    });
    keyRoutes(guarded, options);
  });
  const endSockets = await addConsole(app, {
    ...options.console,
    secure: tls !== undefined,
    port: () => port,
    guard: () => guard,
    audit: options.store.audit,
    log,
  });
  try {
    const address = await app.listen(listen);
    ({ port } = app.server.address() as AddressInfo);
    const guardFor = (cert: string | undefined): Guard =>
      createGuard({
        secure: tls !== undefined,
        port,
        names: [...options.hosts, ...(cert === undefined ? [] : certificateHosts(cert))],
      });
    guard = guardFor(tls?.cert);
    return {
      address: tls === undefined ? address : address.replace(/^http:/, 'https:'),
      reloadTls: (next) => {
        if (!(app.server instanceof HttpsServer)) return;
        app.server.setSecureContext({ ...next, minVersion: 'TLSv1.2' });
        guard = guardFor(next.cert);
      },
      close: async () => {
        endSockets();
        await app.close();
      },
    };
  } catch (thrown) {
    await app.close();
    if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown;
    throw new AppError('PORT_IN_USE', { port: listen.port }, { cause: thrown });
  }
}
