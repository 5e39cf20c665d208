import { AppError } from '../../common/errors/app-error.ts';
import { readFeeds, streamFormat } from '../streams/feed-reader.ts';
import { POLLED_MS } from '../streams/stream.ts';
import { readAnswer } from './answer.ts';
import { failed, timedOut, type Called, type Delivery } from './call-result.ts';
import type { Endpoint, Target } from './pool/target.ts';
import { signWebhook, traceparent } from './webhook-signature.ts';

/** Statuses with which a target says that this very message will never be taken. */
const finalRefusals: ReadonlySet<number> = new Set([400, 410, 413, 415, 422]);
/** With this header a target says so whatever its status. */
const ABORT_HEADER = 'webhook-delivery';
const ABORT_VALUE = 'abort-message';

/** Statuses that speak against the target and not against the message. */
export function isFaulty(target: Target, status: number): boolean {
  if (status === 500) return target.config.failOn500 !== false;
  return status === 502 || status === 503 || status === 504;
}

function headersOf(
  target: Target,
  endpoint: Endpoint,
  delivery: Delivery,
  options: { readonly userAgent: string; readonly now: number },
): Record<string, string> {
  const timestamp = Math.floor(options.now / 1000);
  const { secret } = target.config;
  return {
    'content-type': 'application/json',
    'user-agent': options.userAgent,
    'webhook-id': delivery.id,
    'webhook-timestamp': String(timestamp),
    ...(secret === undefined
      ? {}
      : { 'webhook-signature': signWebhook(secret, delivery.id, timestamp, delivery.body) }),
    // What makes a POST safe to send to a second target: whoever has seen the key does nothing again.
    'idempotency-key': delivery.id,
    traceparent: traceparent(delivery.trace),
    ...(endpoint.authorization === null ? {} : { authorization: endpoint.authorization }),
  };
}

/** One POST in the form of the Standard Webhooks. Never throws; `signal` gives it up, `closing` in the error says so. */
export async function postMessage(
  target: Target,
  endpoint: Endpoint,
  delivery: Delivery,
  options: {
    readonly userAgent: string;
    readonly now: number;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Called> {
  const { id } = target;
  const deadline = new AbortController();
  let timer = setTimeout(() => deadline.abort(), options.timeoutMs);
  let streams = false;
  const signal = AbortSignal.any([options.signal, deadline.signal]);
  try {
    const response = await endpoint.connections.pool.request({
      method: 'POST',
      path: endpoint.path,
      headers: headersOf(target, endpoint, delivery, options),
      body: delivery.body,
      signal,
    });
    const status = response.statusCode;
    const code = String(status);
    if (status < 200 || status > 299) {
      // The rest of the body is read away (at most 128 KiB) so that the connection stays usable.
      await response.body.dump({ limit: 131_072, signal }).catch(() => undefined);
      const error = new AppError('TARGET_REFUSED', { target: id, status }).toInfo();
      const final = finalRefusals.has(status) || response.headers[ABORT_HEADER] === ABORT_VALUE;
      return {
        code,
        faulty: !final && isFaulty(target, status),
        result: { taken: false, error, retry: !final },
      };
    }
    const format = streamFormat(String(response.headers['content-type'] ?? ''));
    if (format !== null) {
      // From here on the answer has the time that a stream has, and not a message's.
      streams = true;
      clearTimeout(timer);
      timer = setTimeout(() => deadline.abort(), POLLED_MS);
      const feeds = untilEnd(readFeeds(response.body, format), () => clearTimeout(timer));
      return { code, faulty: false, result: { taken: true, reply: null, error: null, feeds } };
    }
    const reply = await readAnswer(response);
    if (reply !== 'invalid') {
      return { code, faulty: false, result: { taken: true, reply, error: null } };
    }
    const error = new AppError('TARGET_REPLY_INVALID', { target: id }).toInfo();
    return { code, faulty: false, result: { taken: true, reply: null, error } };
  } catch (error) {
    if (deadline.signal.aborted && !options.signal.aborted) {
      return { code: 'timeout', faulty: true, result: timedOut(id, options.timeoutMs) };
    }
    return { code: 'error', faulty: !options.signal.aborted, result: failed(id, error) };
  } finally {
    if (!streams) clearTimeout(timer);
  }
}

async function* untilEnd<T>(source: AsyncIterable<T>, ended: () => void): AsyncGenerator<T> {
  try {
    yield* source;
  } finally {
    ended();
  }
}
