import type { OutgoingHttpHeaders } from 'node:http2';
import { connectionTokens } from '../../common/tunnel/headers.ts';
import type { PublicRequest } from './exchange.ts';
import { fitsTunnel, headerSize, isForwardable } from './request-head.ts';

/**
 * Fields that mean something only before the body (RFC 9110 §6.5.1): framing, routing, authentication, conditions and other
 * modifiers of the request, and the format of the content. Whoever judged the head must not be overruled behind the body.
 */
const headOnly: ReadonlySet<string> = new Set([
  ...['content-length', 'content-encoding', 'content-type', 'content-range', 'content-location'],
  ...['host', 'max-forwards', 'expect', 'range', 'cache-control', 'pragma'],
  ...['authorization', 'cookie', 'set-cookie', 'origin', 'referer'],
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'],
  ...['traceparent', 'tracestate'],
]);

/**
 * The trailers of a request that has ended, as they go into the tunnel; null where there are none, or more than a data session
 * carries, and leaving them out is all that is left so late (RFC 9110 §6.5.1). HTTP/1.1 has to have announced
 * them in `Trailer` (RFC 9110 §6.6.2); HTTP/2 has a frame for them.
 */
export function requestTrailers(request: PublicRequest): OutgoingHttpHeaders | null {
  const { headers, trailers, rawTrailers } = request;
  if (rawTrailers.length === 0) return null;
  const named = connectionTokens(headers.connection);
  const announced = 'stream' in request ? null : connectionTokens(headers.trailer);
  const kept: OutgoingHttpHeaders = {};
  let isEmpty = true;
  for (const name in trailers) {
    if (name.startsWith(':') || headOnly.has(name) || !isForwardable(name, named)) continue;
    if (announced !== null && !announced.has(name)) continue;
    kept[name] = trailers[name];
    isEmpty = false;
  }
  const fits = fitsTunnel(rawTrailers.length / 2, headerSize(trailers));
  return isEmpty || !fits ? null : kept;
}
