import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { CardUpdate, CardUpdated } from '../../common/domain/card/card-update.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { Gateway } from '../types.ts';
import { bearerKey, type Authorize, type Scope } from './keys.ts';
import { failure, nothing, security, success, unstored, wecomFailures } from './openapi.ts';
import {
  BotParams,
  IdempotencyKey,
  IdParams,
  jsonSchema,
  MessageDetail,
  OutboxPage,
  OutboxQuery,
  OutgoingBody,
  parse,
  Queued,
  SendOptions,
  SendQuota,
  SendResult,
  SendStatus,
} from './schemas.ts';

/** A picture of 2 MiB in base64, and room. */
const MAX_MESSAGE_BYTES = 4 << 20;

/** What the routes for sending work on. */
export type SendingGateway = Pick<
  Gateway,
  'getMessage' | 'send' | 'sendStatus' | 'quota' | 'recall' | 'updateCard' | 'outbox' | 'media'
>;

export interface SendingRoutes {
  readonly gateway: SendingGateway;
  readonly authorize: Authorize;
}

const id = { params: jsonSchema(IdParams, 'input'), security };
const bot = { params: jsonSchema(BotParams, 'input'), security };
const unknownId = { 404: failure('There is no such message.') };
const done = { 204: nothing('Done.') };

/** Sending, and what became of it. */
export function registerSending(app: FastifyInstance, options: SendingRoutes): void {
  const { gateway } = options;
  const who = (request: FastifyRequest, scope: Scope) =>
    options.authorize(bearerKey(request.headers), scope);
  const requires = (scope: Scope) => ({
    onRequest: async (request: FastifyRequest) => void who(request, scope),
  });
  const idOf = (request: FastifyRequest): string => parse(IdParams, request.params).id;
  const botOf = (request: FastifyRequest): string => parse(BotParams, request.params).bot;

  app.post(
    '/api/bots/:bot/messages',
    {
      ...requires('send'),
      bodyLimit: MAX_MESSAGE_BYTES,
      schema: {
        summary: 'Send a message through a group robot or an app',
        description:
          'The message is stored before anything is answered. The header Idempotency-Key makes it safe to ask again for 24 hours.',
        ...bot,
        headers: jsonSchema(z.object({ 'idempotency-key': IdempotencyKey.optional() }), 'input'),
        body: jsonSchema(OutgoingBody, 'input'),
        response: {
          200: success(
            'What WeCom answered, also where it refused.',
            jsonSchema(SendResult, 'output'),
          ),
          202: success('It waits and leaves by itself.', jsonSchema(Queued, 'output')),
          400: failure('The message is not what WeCom takes.'),
          404: failure('There is no such bot.'),
          409: failure('The bot cannot send, or the idempotency key belongs to another message.'),
          429: failure('Too many messages of this bot wait; Retry-After says how long.'),
          ...unstored,
        },
      },
    },
    async (request, reply) => {
      const owner = who(request, 'send').id;
      const key = request.headers['idempotency-key'];
      const result = await gateway.send(botOf(request), request.body as never, {
        ...parse(SendOptions, request.body),
        ...(key === undefined ? {} : { idempotency: { owner, key: parse(IdempotencyKey, key) } }),
      });
      return answer(reply, result);
    },
  );

  app.post(
    '/api/bots/:bot/cards',
    {
      ...requires('send'),
      schema: {
        summary: 'Change a card of an app that was sent before: once, within 72 hours',
        description:
          'Either another card in its place, or a word on its button. `response_code` is `responseCode` of the answer to the ' +
          'message, or of the event of a click. The call is made once, and answered when WeCom has answered.',
        ...bot,
        body: jsonSchema(CardUpdate, 'input'),
        response: {
          200: success('It is changed.', jsonSchema(CardUpdated, 'output')),
          404: failure('There is no such bot.'),
          409: failure('The bot has no cards that can be changed.'),
          ...wecomFailures,
        },
      },
    },
    async (request) => gateway.updateCard(botOf(request), request.body),
  );

  app.get(
    '/api/messages/:id',
    {
      ...requires('read'),
      schema: {
        summary: 'One message with its text; of an outgoing one, where it stands',
        ...id,
        response: {
          200: success('The message.', jsonSchema(MessageDetail, 'output')),
          ...unknownId,
        },
      },
    },
    async (request) => {
      const detail = gateway.getMessage(idOf(request));
      if (detail.row.direction === 'in') return detail;
      return { ...detail, sending: gateway.sendStatus(detail.row.id) };
    },
  );

  app.get(
    '/api/messages/:id/status',
    {
      ...requires('send'),
      schema: {
        summary: 'Where an outgoing message stands',
        ...id,
        response: { 200: success('Its state.', jsonSchema(SendStatus, 'output')), ...unknownId },
      },
    },
    async (request) => gateway.sendStatus(idOf(request)),
  );

  const actions = [
    [
      'recall',
      'Take a message of an app back, within 24 hours',
      (one: string) => gateway.recall(one),
    ],
    [
      'retry',
      'Send a message again that was not delivered',
      (one: string) => gateway.outbox.retry(one),
    ],
    [
      'cancel',
      'Take a message back that has not left',
      (one: string) => gateway.outbox.cancel(one),
    ],
  ] as const;
  for (const [name, summary, act] of actions) {
    app.post(
      `/api/messages/:id/${name}`,
      {
        ...requires('send'),
        schema: {
          summary,
          ...id,
          response: {
            ...done,
            ...unknownId,
            409: failure('Its state does not allow it.'),
            ...(name === 'recall' ? wecomFailures : unstored),
          },
        },
      },
      async (request, reply) => {
        await act(idOf(request));
        return reply.code(204).send();
      },
    );
  }

  app.get(
    '/api/outbox',
    {
      ...requires('read'),
      schema: {
        summary: 'Messages that wait to be sent, in the order in which they leave',
        security,
        querystring: jsonSchema(OutboxQuery, 'input'),
        response: {
          200: success('A page.', jsonSchema(OutboxPage, 'output')),
        },
      },
    },
    async (request) => gateway.outbox.list(parse(OutboxQuery, request.query)),
  );

  app.get(
    '/api/bots/:bot/quota',
    {
      ...requires('send'),
      schema: {
        summary: 'What is left of the minute, and how long a message would wait',
        ...bot,
        response: {
          200: success('The quota.', jsonSchema(SendQuota, 'output')),
          404: failure('There is no such bot.'),
          409: failure('The bot cannot send.'),
        },
      },
    },
    async (request) => gateway.quota(botOf(request)),
  );
}

/** 202 while it waits; the id is what to ask with. */
function answer(reply: FastifyReply, result: SendResult): FastifyReply {
  if (result.outcome !== 'queued') return reply.code(200).send(result);
  if (result.queue === undefined) throw new AppError('INTERNAL');
  return reply
    .code(202)
    .header('location', `/api/messages/${result.id}`)
    .send({
      id: result.id,
      state: 'queued',
      ...result.queue,
      error: result.error ?? null,
      ...(result.parts === undefined ? {} : { parts: result.parts }),
      ...(result.coalesced === undefined ? {} : { coalesced: result.coalesced }),
    } satisfies Queued);
}
