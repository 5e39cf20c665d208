import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { createRandomSource } from '../random.ts';

const PREFIX = 'whsec_';
const random = createRandomSource();

/**
 * `webhook-signature` of the Standard Webhooks specification 1.0: `v1,` and the base64 of HMAC-SHA256 over
 * `id.timestamp.body`, keyed with the bytes behind `whsec_` ({@link webhookKey}). `timestamp` in seconds.
 */
export function signWebhook(key: KeyObject, id: string, timestamp: number, body: string): string {
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${mac}`;
}

/** The key behind a target's secret, to be made once: making it costs more than signing. */
export function webhookKey(secret: string): KeyObject {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  return createSecretKey(Buffer.from(text, 'base64'));
}

/**
 * `traceparent` (W3C Trace Context §3.2) with a new span under `trace`. Trace ids that are not 32 hex digits are hashed
 * to some, so that one trace stays one trace.
 */
export function traceparent(trace: string): string {
  const plain = trace.replaceAll('-', '').toLowerCase();
  const usable = /^[0-9a-f]{32}$/.test(plain) && !/^0+$/.test(plain);
  const traceId = usable ? plain : hash('sha256', trace).slice(0, 32);
  return `00-${traceId}-${random(8).toString('hex')}-01`;
}
