import type { PublicRequest } from './exchange.ts';
import type { IngressLimits } from './limits.ts';
import { fitsTunnel, headerSize, type RequestHead } from './request-head.ts';

/** `host` or `host:port` with a literal IPv6 address in brackets, and nothing else (RFC 3986 §3.2 has more). */
export const AUTHORITY = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;

/**
 * Whether the request names one host and one path. RFC 9112 §3.2: only origin form and `OPTIONS *` are for us; an
 * absolute form could name another host than `Host` does.
 */
export function isWellFormed({ path, method, authority }: RequestHead): boolean {
  if (!AUTHORITY.test(authority)) return false;
  return path.startsWith('/') || (path === '*' && method === 'OPTIONS');
}

/** RFC 9112 §3.2: two `Host` fields are an error; node:http would take the first. */
export function hasSecondHost(request: PublicRequest): boolean {
  if ('stream' in request) return false;
  const { rawHeaders } = request;
  let seen = false;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (seen) return true;
    seen = true;
  }
  return false;
}

/** The status for a head that is too large, for the limits or for a data session; null when it is not. */
export function tooLargeBy(
  { path, headers }: RequestHead,
  { rawHeaders }: PublicRequest,
  limits: IngressLimits,
): 414 | 431 | null {
  if (path.length > limits.targetBytes) return 414;
  const count = rawHeaders.length / 2;
  const size = headerSize(headers);
  if (size > limits.headerBytes || count > limits.headerCount) return 431;
  return fitsTunnel(count, size + path.length) ? null : 431;
}
