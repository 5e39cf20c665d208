import { createHash, createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * `webhook-signature` of the Standard Webhooks specification 1.0: `v1,` and the base64 of HMAC-SHA256 over
 * `id.timestamp.body`, keyed with the bytes behind `whsec_`. `timestamp` in seconds.
 */
export function signWebhook(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(
    secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret,
    'base64',
  );
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${mac}`;
}

/**
 * `traceparent` (W3C Trace Context §3.2) with a new span under `trace`. Trace ids that are not 32 hex digits are hashed
 * to some, so that one trace stays one trace.
 */
export function traceparent(trace: string): string {
  const plain = trace.replaceAll('-', '').toLowerCase();
  const usable = /^[0-9a-f]{32}$/.test(plain) && !/^0+$/.test(plain);
  const traceId = usable ? plain : createHash('sha256').update(trace).digest('hex').slice(0, 32);
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}
