import type { ServerResponse } from 'node:http';
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { cancelStream } from '../reset.ts';
import { constants } from 'node:http2';
import type { Exchange } from './exchange.ts';
import { publicFields, publicHeaders, sourceOf } from './response-head.ts';

/**
 * Gives the tunnel's answer to the client as it comes, no faster than the client reads. An answer that breaks off breaks
 * the client's connection too, and so does a client that takes nothing for `stallMs`. Throws when the head cannot be
 * written.
 */
export function deliver(
  exchange: Exchange,
  stream: ClientHttp2Stream,
  headers: IncomingHttpHeaders,
  stallMs: number,
): void {
  const { response } = exchange;
  const status = Number(headers[':status']);
  exchange.begin(status, publicHeaders(headers, exchange.head.trace), sourceOf(headers));
  let ended = false;
  let stall: NodeJS.Timeout | undefined;
  stream.on('data', (chunk: Buffer) => {
    // Both kinds of response have the same `write`; their union's overloads do not unify.
    if ((response as NodeJS.WritableStream).write(chunk)) return;
    stream.pause();
    stall ??= setTimeout(() => exchange.breakOff(), stallMs);
  });
  response.on('drain', () => {
    clearTimeout(stall);
    stall = undefined;
    stream.resume();
  });
  // HTTP/1.1 has a place for them only behind the last chunk (RFC 9112 §7.1.2); node:http leaves them out elsewhere.
  stream.on('trailers', (trailers) => {
    (response as ServerResponse).addTrailers(publicFields(trailers));
  });
  stream.once('end', () => {
    // Node ends a stream's readable side on a reset as well.
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    ended = true;
    response.end();
  });
  response.once('close', () => clearTimeout(stall));
  stream.once('close', () => {
    if (!ended) exchange.breakOff();
  });
  exchange.onGone(() => cancelStream(stream));
}
