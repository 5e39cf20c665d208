import type { ServerResponse } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import type { ClientStream } from '../http2/client-stream.ts';
import { errorCode } from '../http2/errors.ts';
import { createBodySource } from './body-source.ts';
import type { Exchange } from './exchange.ts';
import { publicFields, publicHeaders, sourceOf } from './response-head.ts';

/**
 * Gives the tunnel's answer to the client as it comes, no faster than the client reads. An answer that breaks off breaks
 * the client's connection too, and so does a client that takes nothing for `stallMs`. Throws when the head cannot be
 * written.
 */
export function deliver(
  exchange: Exchange,
  stream: ClientStream,
  headers: IncomingHttpHeaders,
  stallMs: number,
): void {
  const { response } = exchange;
  const status = Number(headers[':status']);
  const body = createBodySource(stream, headers, () => exchange.breakOff());
  exchange.begin(
    status,
    { ...publicHeaders(headers, exchange.head.trace), ...body.fields },
    sourceOf(headers),
  );
  const gather = 'stream' in response ? null : gatherBriefly(response);
  let ended = false;
  let stall: NodeJS.Timeout | undefined;
  body.source.on('data', (chunk: Buffer) => {
    gather?.(chunk.length);
    // Both kinds of response have the same `write`; their union's overloads do not unify.
    if ((response as NodeJS.WritableStream).write(chunk)) return;
    body.source.pause();
    stall ??= setTimeout(() => exchange.breakOff(), stallMs);
  });
  response.on('drain', () => {
    clearTimeout(stall);
    stall = undefined;
    body.source.resume();
  });
  // HTTP/1.1 has a place for them only behind the last chunk (RFC 9112 §7.1.2); node:http leaves them out elsewhere.
  stream.on('trailers', (trailers) => {
    (response as ServerResponse).addTrailers(publicFields(trailers));
  });
  body.source.once('end', () => {
    // Node ends a stream's readable side on a reset as well.
    if (stream.rstCode !== errorCode.NO_ERROR) return;
    ended = true;
    response.end();
  });
  response.once('close', () => clearTimeout(stall));
  stream.once('close', () => {
    if (!ended && !body.isWhole()) exchange.breakOff();
  });
  exchange.onGone(() => stream.cancel());
}

/** A body up to this waits for its end, which usually comes with it; what is longer has writes of its own anyway. */
const GATHERED_BYTES = 8 * 1024;

/**
 * Holds an HTTP/1.1 answer back until this turn of the event loop is over, so that head, body and end of a small one leave
 * in one write and one TLS record. A head whose body is not there by then goes ahead. Returns what is to be told of each
 * piece before it is written.
 */
function gatherBriefly(response: ServerResponse): (bytes: number) => void {
  let room = GATHERED_BYTES;
  let held = true;
  let wrote = false;
  const release = (): void => {
    if (!held) return;
    held = false;
    if (response.writableEnded || response.destroyed) return;
    response.uncork();
    if (!wrote) response.flushHeaders();
  };
  response.cork();
  setImmediate(release);
  return (bytes) => {
    wrote = true;
    room -= bytes;
    // A corked response asks for a pause when it is full, but never says when to go on.
    if (room < 0) release();
  };
}
