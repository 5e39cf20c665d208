import type { FastifyInstance } from 'fastify';
import type { Gateway } from '../types.ts';
import { bearerKey, type Authorize, type Scope } from './keys.ts';
import {
  BotParams,
  ErrorBody,
  Health,
  IdParams,
  jsonSchema,
  ListQuery,
  MessageDetail,
  MessagePage,
  parse,
  RobotMessage,
  SendResult,
} from './schemas.ts';

/** A picture of 2 MiB in base64, and room. */
const MAX_MESSAGE_BYTES = 4 << 20;

export interface ApiOptions {
  readonly gateway: Pick<Gateway, 'listMessages' | 'getMessage' | 'send'>;
  readonly authorize: Authorize;
  readonly health: () => Health;
  /** Prometheus text, format 0.0.4. */
  readonly metrics: () => Promise<string>;
}

const failure = (description: string) => ({
  description,
  content: { 'application/json': { schema: jsonSchema(ErrorBody, 'output') } },
});
const success = (description: string, schema: Record<string, unknown>) => ({
  description,
  content: { 'application/json': { schema } },
});
const security = [{ apiKey: [] }];

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
          401: failure('No valid key.'),
        },
      },
    },
    async (request) => gateway.listMessages(parse(ListQuery, request.query)),
  );

  app.get(
    '/api/messages/:id',
    {
      ...requires('read'),
      schema: {
        summary: 'One message with its text',
        security,
        params: jsonSchema(IdParams, 'input'),
        response: {
          200: success('The message.', jsonSchema(MessageDetail, 'output')),
          401: failure('No valid key.'),
          404: failure('There is no such message.'),
        },
      },
    },
    async (request) => gateway.getMessage(parse(IdParams, request.params).id),
  );

  app.post(
    '/api/bots/:bot/messages',
    {
      ...requires('send'),
      bodyLimit: MAX_MESSAGE_BYTES,
      schema: {
        summary: 'Send a message through a group robot',
        security,
        params: jsonSchema(BotParams, 'input'),
        body: jsonSchema(RobotMessage, 'input'),
        response: {
          200: success(
            'What WeCom answered, also where it refused.',
            jsonSchema(SendResult, 'output'),
          ),
          400: failure('The message is not what WeCom takes.'),
          401: failure('No valid key.'),
          404: failure('There is no such bot.'),
          409: failure('The bot cannot send.'),
          429: failure("The robot's minute is used up."),
          503: failure('The message cannot be stored.'),
        },
      },
    },
    async (request) => {
      const { bot } = parse(BotParams, request.params);
      return gateway.send(bot, parse(RobotMessage, request.body));
    },
  );

  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
