// Checks a request in the Standard Webhooks form (https://www.standardwebhooks.com), as Causeway signs it.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Greatest age of a request, seconds: an older one may be a recording. */
const TOLERANCE = 300;

/**
 * Whether the request was signed with `secret` (`whsec_` and base64) a moment ago. `body` is the text exactly as it came:
 * JSON that was read and written again has another signature.
 */
export function isSigned(headers, body, secret, now = Date.now()) {
  const id = String(headers['webhook-id'] ?? '');
  const timestamp = String(headers['webhook-timestamp'] ?? '');
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  // Several signatures may stand there while a secret is being changed; one that fits is enough.
  return String(headers['webhook-signature'] ?? '')
    .split(' ')
    .filter((entry) => entry.startsWith('v1,'))
    .map((entry) => Buffer.from(entry.slice(3), 'base64'))
    .some((given) => given.length === wanted.length && timingSafeEqual(given, wanted));
}
