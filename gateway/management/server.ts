import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from '../../common/domain/log.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { header } from '../../common/tunnel/protocol.ts';
import { defectFields } from '../defect.ts';
import type { Pipeline } from '../ingress/pipeline.ts';
import { refuseUpgrade, type Subscribers } from '../subscribers/subscribers.ts';
import type { CompressionConfig, Gateway } from '../types.ts';
import { compressAnswers } from './compress.ts';
import { createCallbackDoor } from './callback-door.ts';
import { knownError, refuseUnreadable, sendError } from './errors.ts';
import { createHostRule } from './host-rule.ts';
import { documentRefusals } from './openapi.ts';
import { registerApi, type ApiOptions } from './routes.ts';
import { registerTargets } from './target-routes.ts';
import { messageSchemas, messageWebhooks } from './webhook-document.ts';

/** How long a request's head may take to arrive; milliseconds. */
const HEAD_MS = 10_000;
/** The same of all of it: 20 MB, the largest file, over a line of 1.5 Mbit/s. */
const REQUEST_MS = 120_000;
/** How long a connection is kept that asks for nothing; milliseconds. */
const KEEP_ALIVE_MS = 72_000;
const API_BODY_BYTES = 64 << 10;
/** Longest part of a path that is read: a media_id. */
const MAX_PARAMETER = 512;

export interface ManagementServer {
  /** `http://host:port` */
  readonly address: string;
  /** Stops listening and resolves when the requests in flight are answered. */
  close(): Promise<void>;
  /** Cuts what is still connected. */
  destroy(): void;
  /** Changes how many connections there may be; what is open stays. */
  limit(maxConnections: number): void;
}

/** Starts the management port: API, metrics, OpenAPI, callbacks, subscribers. Throws PORT_IN_USE {port}. */
export async function startManagement(
  options: ApiOptions & {
    readonly gateway: Pick<Gateway, 'postToTarget'>;
    readonly listen: { readonly host: string; readonly port: number };
    readonly version: string;
    readonly pipeline: Pipeline;
    readonly subscribers: Subscribers;
    /** More are closed as they come; subscribers count. */
    readonly maxConnections: number;
    readonly compression: () => CompressionConfig | undefined;
    readonly healthPath: () => string | undefined;
    /** Whose X-Forwarded-For is believed. */
    readonly trustedProxies: readonly string[];
    readonly onCompressed: () => void;
    readonly log: Logger;
  },
): Promise<ManagementServer> {
  const { host, port } = options.listen;
  const allowed = createHostRule(host);
  const door = createCallbackDoor(options);
  const app = fastify({
    logger: false,
    bodyLimit: API_BODY_BYTES,
    serverFactory: (handleApi) =>
      createServer(
        {
          headersTimeout: HEAD_MS,
          requestTimeout: REQUEST_MS,
          keepAliveTimeout: KEEP_ALIVE_MS,
        },
        (request, response) => {
          if (door.isCallback(request)) void door.handle(request, response);
          else handleApi(request, response);
        },
      ),
    // While closing, callbacks on open connections are still taken: a 503 would make WeCom give them up.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAMETER },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, _request, reply) => {
      void sendError(reply, knownError(error) ?? { code: 'INTERNAL', params: {} });
    },
    ...(options.trustedProxies.length === 0 ? {} : { trustProxy: [...options.trustedProxies] }),
  });
  app.server.maxConnections = options.maxConnections;
  prepare(app, options, allowed);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Causeway gateway', version: options.version },
      components: {
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
        schemas: messageSchemas(),
      },
      webhooks: messageWebhooks(),
    },
  });
  documentRefusals(app);
  compressAnswers(app, options);
  registerApi(app, options);
  registerTargets(app, options);
  app.server.on('upgrade', (request, socket, head) => {
    if (allowed(request.headers.host)) options.subscribers.handleUpgrade(request, socket, head);
    else refuseUpgrade(socket, 'FORBIDDEN');
  });

  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new AppError('PORT_IN_USE', { port }, { cause: error });
    }
    throw error;
  }
  const bound = app.server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    address: `http://${name}:${bound.port}`,
    close() {
      door.shut();
      return app.close();
    },
    destroy: () => app.server.closeAllConnections(),
    limit: (maxConnections) => {
      app.server.maxConnections = maxConnections;
    },
  };
}

/** What holds for every route. */
function prepare(
  app: FastifyInstance,
  options: Pick<Parameters<typeof startManagement>[0], 'log' | 'health' | 'healthPath'>,
  allowed: (host: string | undefined) => boolean,
): void {
  const { log } = options;
  // The handlers check with zod; the JSON Schemas of the routes are for the OpenAPI document alone.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler((error: Error, _request, reply) => {
    const known = knownError(error);
    if (known === null) log.error(defectFields(error), 'request failed');
    return sendError(reply, known ?? { code: 'INTERNAL', params: {} });
  });
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?');
    if (request.method !== 'GET' || path !== options.healthPath()) {
      return sendError(reply, { code: 'NOT_FOUND', params: {} });
    }
    const health = options.health();
    return reply.code(health.status === 'ok' ? 200 : 503).send(health);
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header(header.source, 'agent').header('cache-control', 'no-store');
    if (!allowed(request.headers.host)) throw new AppError('FORBIDDEN', { reason: 'host' });
  });
  app.addHook('onResponse', async (request, reply) => {
    const [path] = request.url.split('?');
    const ms = Math.round(reply.elapsedTime);
    const { ip: client, method } = request;
    log.debug({ method, path, client, status: reply.statusCode, ms }, 'request');
  });
}
