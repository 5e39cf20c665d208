import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../common/domain/log.ts';
import { CALLBACK_PATH } from '../ingress/address.ts';
import { readBody } from '../ingress/body.ts';
import type { Pipeline } from '../ingress/pipeline.ts';
import { newTrace } from '../ingress/trace.ts';
import { createTurnEnd } from '../ingress/turn-end.ts';
import { clientAddress } from './client-address.ts';

/** Callbacks that come straight to the management port, from a reverse proxy for example. */
export interface CallbackDoor {
  /** Whether a request is for this door. */
  isCallback(request: IncomingMessage): boolean;
  /** Answers it, or resets its connection: the client sees a network error and no status then. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** From now on every answer is the last of its connection. */
  shut(): void;
}

/** Stands before the API's router, which would cost a callback a tenth of its time and do nothing for it. */
export function createCallbackDoor(options: {
  readonly pipeline: Pipeline;
  /** Whose X-Forwarded-For is believed, for the log. */
  readonly trustedProxies: readonly string[];
  readonly log: Logger;
}): CallbackDoor {
  const { pipeline, log } = options;
  const clientOf = clientAddress(options.trustedProxies);
  const atTurnEnd = createTurnEnd();
  let shut = false;

  return {
    isCallback({ url = '' }) {
      if (!url.startsWith(CALLBACK_PATH)) return false;
      const next = url[CALLBACK_PATH.length];
      return next === undefined || next === '/' || next === '?';
    },
    async handle(request, response) {
      const startedAt = performance.now();
      const body = await bodyOf(request);
      if (body === 'broken') {
        request.socket.resetAndDestroy();
        return;
      }
      const method = request.method ?? 'GET';
      const answer = await pipeline.handle({
        method,
        target: request.url ?? '/',
        headers: request.headers,
        body,
        trace: newTrace(),
        tunnelMs: null,
        // Whatever a header says: nothing but the relay holds callbacks, and it is not what speaks here.
        heldSince: null,
        client: clientOf(request),
        startedAt,
      });
      if (answer.kind === 'drop') {
        request.socket.resetAndDestroy();
        return;
      }
      const { status, headers } = answer;
      atTurnEnd(() => {
        response.writeHead(status, shut ? { ...headers, connection: 'close' } : headers);
        response.end(answer.body);
      });
      const ms = Math.round(performance.now() - startedAt);
      log.debug({ method, path: CALLBACK_PATH, client: clientOf(request), status, ms }, 'request');
    },
    shut: () => {
      shut = true;
    },
  };
}

/** `broken` where the client went away before the end. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null | 'broken'> {
  if (request.method !== 'POST') return null;
  return readBody(request).catch(() => 'broken' as const);
}
