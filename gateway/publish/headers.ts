import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { connectionTokens, isHopByHop, isReserved } from '../../common/tunnel/headers.ts';
import { header } from '../../common/tunnel/protocol.ts';

type Fields = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Fields of a request for the target (RFC 9110 §7.6), names and values in turn: without what belongs to one hop, without
 * Causeway's own, with `Host`, and with the target's `authorization` where the client sends nothing of its own. `Forwarded`
 * and `X-Forwarded-*` are as the relay has set them; it takes off what comes from outside.
 */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  authorization: string | null = null,
): string[] {
  const list: string[] = [];
  const named = namedIn(headers);
  for (const name in headers) {
    // `Expect` was answered by the hop before; undici knows no expectation.
    if (name === 'host' || name === 'expect') continue;
    const value = endToEnd(headers, name, named);
    if (typeof value === 'string') list.push(name, value);
    else if (value !== undefined) for (const one of value) list.push(name, one);
  }
  const host = headers[':authority'] ?? headers.host;
  if (host !== undefined) list.push('host', host);
  if (authorization !== null && headers.authorization === undefined) {
    list.push('authorization', authorization);
  }
  return list;
}

/** Fields of a target's response for the client, with who gave it. */
export function responseHeaders(headers: Fields): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = {};
  const named = namedIn(headers);
  for (const name in headers) {
    const value = endToEnd(headers, name, named);
    if (value !== undefined) kept[name] = value;
  }
  kept[header.source] = 'origin';
  return kept;
}

/** Names that the message's `Connection` keeps to this hop. */
function namedIn(headers: Fields): ReadonlySet<string> {
  const connection = headers['connection'];
  return connectionTokens(Array.isArray(connection) ? connection.join(',') : connection);
}

/** Value of a field that travels on. */
function endToEnd(
  headers: Fields,
  name: string,
  named: ReadonlySet<string>,
): string | string[] | undefined {
  if (name.startsWith(':') || isHopByHop(name) || isReserved(name) || named.has(name)) {
    return undefined;
  }
  return headers[name];
}
