import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { cancelStream } from '../reset.ts';
import { constants } from 'node:http2';
import type { Exchange } from './exchange.ts';
import { publicHeaders, sourceOf } from './response-head.ts';

/**
 * Gives the tunnel's answer to the client as it comes, no faster than the client reads. An answer that breaks off breaks
 * the client's connection too. Throws when the head cannot be written.
 */
export function deliver(
  exchange: Exchange,
  stream: ClientHttp2Stream,
  headers: IncomingHttpHeaders,
): void {
  const { response } = exchange;
  const status = Number(headers[':status']);
  exchange.begin(status, publicHeaders(headers, exchange.head.trace), sourceOf(headers));
  let ended = false;
  stream.on('data', (chunk: Buffer) => {
    // Both kinds of response have the same `write`; their union's overloads do not unify.
    if (!(response as NodeJS.WritableStream).write(chunk)) stream.pause();
  });
  response.on('drain', () => stream.resume());
  stream.once('end', () => {
    // Node ends a stream's readable side on a reset as well.
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    ended = true;
    response.end();
  });
  stream.once('close', () => {
    if (!ended) exchange.breakOff();
  });
  exchange.onGone(() => cancelStream(stream));
}
