import type { OutgoingHttpHeaders } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import { connectionTokens, isHopByHop, isReserved } from '../../common/tunnel/headers.ts';
import { header } from '../../common/tunnel/protocol.ts';

/** Who gave an answer that came through the tunnel. */
export function sourceOf(headers: IncomingHttpHeaders): 'agent' | 'origin' {
  return headers[header.source] === 'origin' ? 'origin' : 'agent';
}

/** An answer's fields as the public gets them: without hop-by-hop fields, with who answered and the trace id. */
export function publicHeaders(headers: IncomingHttpHeaders, trace: string): OutgoingHttpHeaders {
  const out: OutgoingHttpHeaders = publicFields(headers);
  out[header.source] = sourceOf(headers);
  const error = headers[header.error];
  if (typeof error === 'string') out[header.error] = error;
  out[header.trace] = trace;
  return out;
}

/** The fields of an answer, an interim one or a trailer that are the public's. */
export function publicFields(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const out: IncomingHttpHeaders = {};
  const named = connectionTokens(headers.connection);
  for (const name in headers) {
    if (name.startsWith(':') || isHopByHop(name) || isReserved(name) || named.has(name)) continue;
    const value = headers[name];
    if (value !== undefined) out[name] = value;
  }
  return out;
}
