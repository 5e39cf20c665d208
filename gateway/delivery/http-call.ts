import type { KeyObject } from 'node:crypto';
import { AppError } from '../../common/errors/app-error.ts';
import { readFeeds, streamFormat } from '../streams/feed-reader.ts';
import { POLLED_MS } from '../streams/stream.ts';
import type { TargetConfig } from '../types.ts';
import { MAX_ANSWER_BYTES, readAnswer } from './answer.ts';
import { failed, timedOut, type Called, type Delivery } from './call-result.ts';
import { DeadlineError, exchange } from './exchange.ts';
import type { Endpoint, Target } from './pool/target.ts';
import { signWebhook, traceparent, webhookKey } from './webhook-signature.ts';

/** Statuses with which a target says that this very message will never be taken. */
const finalRefusals: ReadonlySet<number> = new Set([400, 410, 413, 415, 422]);
/** With this header a target says so whatever its status. */
const ABORT_HEADER = 'webhook-delivery';
const ABORT_VALUE = 'abort-message';

/** Of a refusal's body, as much is read away so that the connection stays usable, bytes. */
const MAX_REFUSAL_BYTES = 131_072;

/** Statuses that speak against the target and not against the message. */
export function isFaulty(target: Target, status: number): boolean {
  if (status === 500) return target.config.failOn500 !== false;
  return status === 502 || status === 503 || status === 504;
}

// A configuration never changes; an operator's change makes a new one.
const keys = new WeakMap<TargetConfig, KeyObject>();

function keyOf(config: TargetConfig, secret: string): KeyObject {
  const known = keys.get(config);
  if (known !== undefined) return known;
  const made = webhookKey(secret);
  keys.set(config, made);
  return made;
}

function headersOf(
  target: Target,
  endpoint: Endpoint,
  delivery: Delivery,
  options: { readonly userAgent: string; readonly now: number },
): string[] {
  const { config } = target;
  const timestamp = Math.floor(options.now / 1000);
  const headers = [
    ...['content-type', 'application/json', 'user-agent', options.userAgent],
    ...['webhook-id', delivery.id, 'webhook-timestamp', String(timestamp)],
    // What makes a POST safe to send to a second target: whoever has seen the key does nothing again.
    ...['idempotency-key', delivery.id, 'traceparent', traceparent(delivery.trace)],
  ];
  if (config.secret !== undefined) {
    const key = keyOf(config, config.secret);
    headers.push('webhook-signature', signWebhook(key, delivery.id, timestamp, delivery.body));
  }
  if (endpoint.authorization !== null) headers.push('authorization', endpoint.authorization);
  return headers;
}

const isSuccess = (status: number): boolean => status >= 200 && status <= 299;

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
  try {
    const { status, header, body, stream } = await exchange(endpoint.connections.pool, {
      path: endpoint.path,
      headers: headersOf(target, endpoint, delivery, options),
      body: delivery.body,
      limit: (code) => (isSuccess(code) ? MAX_ANSWER_BYTES : MAX_REFUSAL_BYTES),
      streams: (code, contentType) => isSuccess(code) && streamFormat(contentType) !== null,
      timeoutMs: options.timeoutMs,
      streamTimeoutMs: POLLED_MS,
      signal: options.signal,
    });
    const code = String(status);
    if (!isSuccess(status)) {
      const error = new AppError('TARGET_REFUSED', { target: id, status }).toInfo();
      const final = finalRefusals.has(status) || header(ABORT_HEADER) === ABORT_VALUE;
      return {
        code,
        faulty: !final && isFaulty(target, status),
        result: { taken: false, error, retry: !final },
      };
    }
    const contentType = header('content-type');
    if (stream !== null) {
      const feeds = readFeeds(stream, streamFormat(contentType) ?? 'ndjson');
      return { code, faulty: false, result: { taken: true, reply: null, error: null, feeds } };
    }
    const reply = readAnswer(status, contentType, body);
    if (reply !== 'invalid') {
      return { code, faulty: false, result: { taken: true, reply, error: null } };
    }
    const error = new AppError('TARGET_REPLY_INVALID', { target: id }).toInfo();
    return { code, faulty: false, result: { taken: true, reply: null, error } };
  } catch (error) {
    if (error instanceof DeadlineError) {
      return { code: 'timeout', faulty: true, result: timedOut(id, options.timeoutMs) };
    }
    return { code: 'error', faulty: !options.signal.aborted, result: failed(id, error) };
  }
}
