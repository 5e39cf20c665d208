import type { FastifyInstance } from 'fastify';
import { StreamFeed, StreamView } from '../../common/domain/stream.ts';
import type { Gateway } from '../types.ts';
import { bearerKey, type Authorize } from './keys.ts';
import { failure, security, success } from './openapi.ts';
import { IdParams, jsonSchema, parse } from './schemas.ts';

/** Ten megabytes of pictures in base64, and room. */
const MAX_FEED_BYTES = 15 << 20;

/** The streams with which smart bots answer. */
export function registerStreams(
  app: FastifyInstance,
  options: {
    readonly gateway: Pick<Gateway, 'feedStream' | 'streamView'>;
    readonly authorize: Authorize;
  },
): void {
  const { gateway } = options;
  const params = jsonSchema(IdParams, 'input');
  const unknown = { 404: failure('There is no such stream.') };

  app.post(
    '/api/streams/:id',
    {
      bodyLimit: MAX_FEED_BYTES,
      onRequest: async (request) => void options.authorize(bearerKey(request.headers), 'send'),
      schema: {
        summary: 'Feed the stream that answers a message',
        description:
          'The id is the message’s. `content` is the whole text so far, `append` adds to it; WeCom shows the first 20480 bytes. ' +
          'A stream that is not finished within six minutes of the message ends with what it has; what it is finished with later ' +
          'leaves as the bot’s late replies do.',
        security,
        params,
        body: jsonSchema(StreamFeed, 'input'),
        response: {
          200: success('The stream, stored.', jsonSchema(StreamView, 'output')),
          400: failure('The feed cannot be understood, or a picture is neither JPG nor PNG.'),
          ...unknown,
          409: failure('The stream has ended.'),
          503: failure('It cannot be stored.'),
        },
      },
    },
    async (request) =>
      gateway.feedStream(parse(IdParams, request.params).id, parse(StreamFeed, request.body)),
  );

  app.get(
    '/api/streams/:id',
    {
      onRequest: async (request) => void options.authorize(bearerKey(request.headers), 'send'),
      schema: {
        summary: 'How a stream stands',
        security,
        params,
        response: { 200: success('The stream.', jsonSchema(StreamView, 'output')), ...unknown },
      },
    },
    async (request) => gateway.streamView(parse(IdParams, request.params).id),
  );
}
