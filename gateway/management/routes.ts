import type { FastifyInstance } from 'fastify';
import type { Logger } from '../../common/domain/log.ts';
import type { Gateway } from '../types.ts';
import { bearerKey, type Authorize, type Scope } from './keys.ts';
import { registerMedia } from './media-routes.ts';
import { failure, security, success } from './openapi.ts';
import { registerSending, type SendingGateway } from './sending-routes.ts';
import { registerServices, type ServiceRoutes } from './service-routes.ts';
import { registerReplays } from './replay-routes.ts';
import { registerStreams } from './stream-routes.ts';
import { Health, jsonSchema, ListQuery, MessagePage, parse } from './schemas.ts';

export interface ApiOptions extends ServiceRoutes {
  readonly gateway: SendingGateway &
    Pick<
      Gateway,
      'listMessages' | 'feedStream' | 'streamView' | 'redrive' | 'replays' | 'openMedia'
    >;
  readonly log: Logger;
  readonly authorize: Authorize;
  readonly health: () => Health;
  /** Prometheus text, format 0.0.4. */
  readonly metrics: () => Promise<string>;
}

/** The management API. Its OpenAPI document is made of the same zod schemas that check what comes in. */
export function registerApi(app: FastifyInstance, options: ApiOptions): void {
  const { gateway } = options;
  const requires = (scope: Scope) => ({
    onRequest: async (request: { headers: Parameters<typeof bearerKey>[0] }) => {
      options.authorize(bearerKey(request.headers), scope);
    },
  });

  app.get(
    '/api/health',
    {
      schema: {
        summary: 'Whether the gateway can take callbacks',
        response: {
          200: success('It can.', jsonSchema(Health, 'output')),
          503: success('It cannot; the reasons say why.', jsonSchema(Health, 'output')),
        },
      },
    },
    async (_request, reply) => {
      const health = options.health();
      return reply.code(health.status === 'ok' ? 200 : 503).send(health);
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Prometheus metrics, text format 0.0.4',
        response: {
          200: {
            description: 'Series.',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      },
    },
    async (_request, reply) => {
      const text = await options.metrics();
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text);
    },
  );

  app.get(
    '/api/messages',
    {
      ...requires('read'),
      schema: {
        summary: 'Messages, newest first',
        security,
        querystring: jsonSchema(ListQuery, 'input'),
        response: {
          200: success('A page of the list.', jsonSchema(MessagePage, 'output')),
          400: failure('The query cannot be understood.'),
        },
      },
    },
    async (request) => gateway.listMessages(parse(ListQuery, request.query)),
  );

  registerSending(app, options);
  void app.register(registerMedia, options);
  registerStreams(app, options);
  registerReplays(app, options);
  registerServices(app, options);
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
