import type { IncomingHttpHeaders } from 'node:http2';
import { connectionTokens, isHopByHop, isReserved } from '../../common/tunnel/headers.ts';
import { header } from '../../common/tunnel/protocol.ts';

type Fields = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Fields of a request for the target (RFC 9110 §7.6): without what belongs to one hop, without Causeway's own, with `Host`.
 * `Forwarded` and `X-Forwarded-*` are as the relay has set them; it takes off what comes from outside.
 */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  more: Readonly<Record<string, string>> = {},
): Record<string, string | string[]> {
  const host = headers[':authority'] ?? headers.host;
  // Answered by the hop before; undici knows no expectation.
  const kept = endToEnd(headers, new Set(['host', 'expect']));
  return { ...kept, ...(host === undefined ? {} : { host }), ...more };
}

/** Fields of a target's response for the client, with who gave it. */
export function responseHeaders(headers: Fields): Record<string, string | string[]> {
  return { ...endToEnd(headers, new Set()), [header.source]: 'origin' };
}

function endToEnd(
  headers: Fields,
  without: ReadonlySet<string>,
): Record<string, string | string[]> {
  const connection = headers['connection'];
  const named = connectionTokens(Array.isArray(connection) ? connection.join(',') : connection);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || without.has(name)) continue;
    if (isHopByHop(name) || isReserved(name) || named.has(name)) continue;
    kept[name] = value;
  }
  return kept;
}
