import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CALLBACK_PATH } from '../ingress/address.ts';
import { readBody } from '../ingress/body.ts';
import type { Pipeline } from '../ingress/pipeline.ts';
import { newTrace } from '../ingress/trace.ts';

/** Callbacks that come straight to the management port, from a reverse proxy for example. */
export function registerCallbacks(app: FastifyInstance, pipeline: Pipeline): void {
  void app.register(async (scope) => {
    // The body is read by the pipeline's own bounded reader, whatever its type says.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));

    const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const startedAt = performance.now();
      const body = await bodyOf(request);
      if (body === 'broken') return cut(request, reply);
      const answer = await pipeline.handle({
        method: request.method,
        target: request.raw.url ?? '/',
        headers: request.headers,
        body,
        trace: newTrace(),
        tunnelMs: null,
        // Whatever a header says: nothing but the relay holds callbacks, and it is not what speaks here.
        heldSince: null,
        startedAt,
      });
      if (answer.kind === 'respond') {
        return reply.code(answer.status).headers(answer.headers).send(answer.body);
      }
      return cut(request, reply);
    };
    for (const url of [CALLBACK_PATH, `${CALLBACK_PATH}/:bot`]) {
      scope.all(url, { schema: { hide: true }, exposeHeadRoute: false }, handle);
    }
  });
}

/** `broken` where the client went away before the end. */
async function bodyOf(request: FastifyRequest): Promise<Buffer | null | 'broken'> {
  if (request.method !== 'POST') return null;
  return readBody(request.raw).catch(() => 'broken' as const);
}

/** Resets the connection: the client sees a network error and no status. */
function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.resetAndDestroy();
  return reply;
}
