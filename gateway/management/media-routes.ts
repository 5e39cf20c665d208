import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { AppError } from '../../common/errors/app-error.ts';
import { bearerKey, type Scope } from './keys.ts';
import { failure, security, success, wecomFailures } from './openapi.ts';
import type { SendingRoutes } from './sending-routes.ts';
import { BotParams, jsonSchema, MediaParams, MediaQuery, MediaUploaded, parse } from './schemas.ts';

/** One range of bytes (RFC 9110 §14.2). */
const Headers = z.object({
  range: z
    .string()
    .regex(/^bytes=\d+-\d*$/)
    .optional(),
});
/** The largest file that WeCom takes. */
const MAX_FILE_BYTES = 20 * 1024 * 1024;
const file = {
  description: 'The file.',
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
};

/** Files to WeCom and from it. Bodies are streamed. */
export async function registerMedia(app: FastifyInstance, options: SendingRoutes): Promise<void> {
  const { media } = options.gateway;
  const requires = (scope: Scope) => ({
    onRequest: async (request: FastifyRequest) => {
      options.authorize(bearerKey(request.headers), scope);
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, next) => next(null, payload));

  app.post(
    '/api/bots/:bot/media',
    {
      ...requires('send'),
      bodyLimit: MAX_FILE_BYTES,
      schema: {
        summary: 'Upload a file; its media_id serves for three days',
        description:
          'The body is the file itself. The same bytes under the same name are uploaded once.',
        security,
        params: jsonSchema(BotParams, 'input'),
        querystring: jsonSchema(MediaQuery, 'input'),
        response: {
          200: success('WeCom has it.', jsonSchema(MediaUploaded, 'output')),
          400: failure('WeCom takes no such file.'),
          404: failure('There is no such bot.'),
          409: failure('The bot has no upload of this type.'),
          429: failure('Too many uploads are under way.'),
          ...wecomFailures,
        },
      },
    },
    async (request) => {
      const { bot } = parse(BotParams, request.params);
      const { type, name } = parse(MediaQuery, request.query);
      const body = request.body as Readable | undefined;
      if (body === undefined) throw new AppError('MEDIA_REFUSED', { reason: 'empty' });
      return media.upload(bot, { type, name, body });
    },
  );

  app.get(
    '/api/bots/:bot/media/:media',
    {
      ...requires('read'),
      schema: {
        summary: 'Download a file that a member has sent to an app',
        description: 'A Range header (one range of bytes) is passed on.',
        security,
        headers: jsonSchema(Headers, 'input'),
        params: jsonSchema(MediaParams, 'input'),
        response: {
          200: file,
          206: file,
          404: failure('There is no such bot.'),
          409: failure('The bot has no download.'),
          ...wecomFailures,
        },
      },
    },
    async (request, reply) => {
      const { bot, media: mediaId } = parse(MediaParams, request.params);
      const { range } = parse(Headers, request.headers);
      const got = await media.download(bot, mediaId, range);
      void reply
        .code(got.status)
        .header('content-type', got.contentType)
        // What members send is shown by nobody as a page of this origin.
        .header('content-disposition', got.disposition ?? 'attachment')
        .header('x-content-type-options', 'nosniff');
      if (got.length !== null) void reply.header('content-length', got.length);
      if (got.contentRange !== null) void reply.header('content-range', got.contentRange);
      return reply.send(got.body);
    },
  );
}
