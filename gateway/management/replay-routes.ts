import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { MessageSelection, ReplayRequest, ReplayView } from '../../common/domain/replay.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { Gateway } from '../types.ts';
import { attachment } from '../media/file-name.ts';
import { bearerKey, type Authorize } from './keys.ts';
import { failure, nothing, security, success, unstored, wecomFailures } from './openapi.ts';
import { IdParams, jsonSchema, parse } from './schemas.ts';

const FileParams = IdParams.extend({ n: z.coerce.number().int().min(0).max(99) });
const Redriven = z.object({ messages: z.int() });
const List = z.object({ replays: z.array(ReplayView) });

/** What was received, once more: dead letters, replays, files. */
export function registerReplays(
  app: FastifyInstance,
  options: {
    readonly gateway: Pick<Gateway, 'redrive' | 'replays' | 'openMedia'>;
    readonly authorize: Authorize;
    readonly log: Logger;
  },
): void {
  const { gateway, log } = options;
  const admin = {
    onRequest: async (request: FastifyRequest) =>
      void options.authorize(bearerKey(request.headers), 'admin'),
  };
  const who = (request: FastifyRequest): string =>
    options.authorize(bearerKey(request.headers), 'admin').id;
  const params = jsonSchema(IdParams, 'input');
  const unknown = { 404: failure('There is no such replay.') };

  app.post(
    '/api/messages/redrive',
    {
      ...admin,
      schema: {
        summary: 'Deliver dead letters again: messages that failed, of those selected',
        description: 'At most 10,000 at a time. Ids stay, and each message has its 24 hours anew.',
        security,
        body: jsonSchema(MessageSelection, 'input'),
        response: {
          200: success('How many are pending again.', jsonSchema(Redriven, 'output')),
          ...unstored,
          400: failure('The selection cannot be understood.'),
        },
      },
    },
    async (request) => {
      const messages = await gateway.redrive(parse(MessageSelection, request.body));
      log.info({ audit: 'messages.redrive', key: who(request), messages }, 'dead letters redriven');
      return { messages };
    },
  );

  app.post(
    '/api/replays',
    {
      ...admin,
      schema: {
        summary:
          'Hand received messages over once more, to their target, another one, or a callback address',
        security,
        body: jsonSchema(ReplayRequest, 'input'),
        response: {
          202: success('It runs.', jsonSchema(ReplayView, 'output')),
          400: failure('The request cannot be understood.'),
          404: failure('There is no such target.'),
          429: failure('Too many replays run.'),
          ...unstored,
        },
      },
    },
    async (request, reply) => {
      const view = await gateway.replays.start(parse(ReplayRequest, request.body));
      log.info(
        { audit: 'messages.replay', key: who(request), replay: view.id },
        'replay asked for',
      );
      return reply.code(202).header('location', `/api/replays/${view.id}`).send(view);
    },
  );

  app.get(
    '/api/replays',
    {
      ...admin,
      schema: {
        summary: 'Replays, newest first; the last 50 are kept',
        security,
        response: { 200: success('The replays.', jsonSchema(List, 'output')) },
      },
    },
    async () => ({ replays: gateway.replays.list() }),
  );

  app.get(
    '/api/replays/:id',
    {
      ...admin,
      schema: {
        summary: 'How far a replay is',
        security,
        params,
        response: {
          200: success('The replay.', jsonSchema(ReplayView, 'output')),
          ...unknown,
        },
      },
    },
    async (request) => gateway.replays.get(parse(IdParams, request.params).id),
  );

  app.delete(
    '/api/replays/:id',
    {
      ...admin,
      schema: {
        summary: 'Cancel a replay',
        security,
        params,
        response: { 204: nothing('Done.'), ...unknown },
      },
    },
    async (request, reply) => {
      await gateway.replays.cancel(parse(IdParams, request.params).id);
      return reply.code(204).send();
    },
  );

  app.get(
    '/api/messages/:id/media/:n',
    {
      onRequest: async (request) => void options.authorize(bearerKey(request.headers), 'read'),
      schema: {
        summary: 'File of a message to a smart bot, decrypted; the first one is 0',
        description:
          'WeCom’s address is good for five minutes; what was fetched once is kept for a day.',
        security,
        params: jsonSchema(FileParams, 'input'),
        response: {
          200: {
            description: 'The file.',
            content: {
              'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
            },
          },
          404: failure('There is no such file, or its address has expired.'),
          413: failure('The file is larger than WeCom lets members send.'),
          ...wecomFailures,
          502: failure('WeCom was not reached, or the file cannot be decrypted.'),
        },
      },
    },
    async (request, reply) => {
      const { id, n } = parse(FileParams, request.params);
      const file = await gateway.openMedia(id, n);
      return reply
        .header('content-type', 'application/octet-stream')
        .header('content-length', file.size)
        .header('content-disposition', attachment(file.name))
        .header('x-content-type-options', 'nosniff')
        .send(file.open());
    },
  );
}
