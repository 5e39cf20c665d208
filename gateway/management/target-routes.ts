import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { TargetId } from '../../common/domain/bot.ts';
import type { Gateway } from '../types.ts';
import { bearerKey, type Authorize } from './keys.ts';
import { ErrorBody, jsonSchema, parse } from './schemas.ts';

const TargetParams = z.object({ id: TargetId });
/** Longest body that is handed to a subscriber, bytes. */
const MAX_BODY_BYTES = 1 << 20;

/** `POST /api/targets/{id}/messages`: HTTP in, a WebSocket subscriber's answer out. */
export function registerTargets(
  app: FastifyInstance,
  options: { readonly gateway: Pick<Gateway, 'postToTarget'>; readonly authorize: Authorize },
): void {
  const failure = (description: string) => ({
    description,
    content: { 'application/json': { schema: jsonSchema(ErrorBody, 'output') } },
  });
  app.post(
    '/api/targets/:id/messages',
    {
      bodyLimit: MAX_BODY_BYTES,
      onRequest: async (request) => {
        options.authorize(bearerKey(request.headers), 'send');
      },
      schema: {
        summary: 'Hand a JSON value to a subscriber of a WebSocket target and get its answer',
        security: [{ apiKey: [] }],
        params: jsonSchema(TargetParams, 'input'),
        body: {},
        response: {
          200: {
            description: "The body of the subscriber's answer frame.",
            content: { 'application/json': { schema: {} } },
          },
          404: failure('There is no such target.'),
          409: failure('The target is called over HTTP.'),
          502: failure('There is no subscriber, or it refused.'),
          429: failure('Too much is under way.'),
          504: failure('The subscriber did not answer in time.'),
        },
      },
    },
    async (request, reply) => {
      const { id } = parse(TargetParams, request.params);
      const answer = await options.gateway.postToTarget(id, request.body ?? null);
      return reply.type('application/json').send(JSON.stringify(answer));
    },
  );
}
