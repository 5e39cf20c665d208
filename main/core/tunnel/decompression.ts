import type { IncomingHttpHeaders } from 'node:http2';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CODING, declaredLength } from '../../../common/tunnel/compression.ts';
import { header } from '../../../common/tunnel/protocol.ts';
import type { TunnelDuplex } from '../../../gateway/types.ts';

/** Whether the relay has coded the body of a request. */
export function isCoded(headers: IncomingHttpHeaders): boolean {
  return headers[header.coding] !== undefined;
}

/**
 * Takes the relay's coding off a request: returns the body that the public sent, and makes `headers` say what they said. A body that turns out to be coded wrongly resets the stream, so that
 * nobody takes what came of it for the whole. Null when nothing can come of it at all; the stream is reset then.
 */
export function decodeRequest(stream: TunnelDuplex, headers: IncomingHttpHeaders): Readable | null {
  const coding = headers[header.coding];
  const length = declaredLength(headers[header.length]);
  stream.on('error', () => undefined);
  if (coding !== CODING || Number.isNaN(length) || stream.endAfterHeaders) {
    stream.destroy(new Error('a body in a coding that was not agreed'));
    return null;
  }
  delete headers[header.coding];
  delete headers[header.length];
  if (length === null) delete headers['content-length'];
  else headers['content-length'] = String(length);
  return decodeBody(stream, length);
}

/**
 * No more is decoded than the reader takes, however far a few bytes would expand, and never more than `length`, where that is
 * known. The end comes only after a whole body.
 */
function decodeBody(stream: TunnelDuplex, length: number | null): Readable {
  const gunzip = createGunzip();
  let received = 0;
  let decoded = 0;
  const body = new Readable({
    read: () => void gunzip.resume(),
    destroy: (error, done) => {
      gunzip.destroy();
      done(error);
    },
  });
  const fail = (): void => {
    const error = new Error('a body that is not what its coding says');
    body.destroy(error);
    stream.destroy(error);
  };
  // Whoever reads it hears of it; nobody else needs to.
  body.on('error', () => undefined);
  gunzip.on('data', (piece: Buffer) => {
    decoded += piece.length;
    if (length !== null && decoded > length) fail();
    else if (!body.push(piece)) gunzip.pause();
  });
  gunzip.once('end', () => {
    // Gunzip is content with nothing at all, and passes over what follows the last member.
    const isWhole = received > 0 && gunzip.bytesWritten === received;
    if (isWhole && (length === null || decoded === length)) body.push(null);
    else fail();
  });
  gunzip.on('error', fail);
  gunzip.on('drain', () => stream.resume());
  stream.on('data', (piece: Buffer) => {
    received += piece.length;
    if (!gunzip.write(piece)) stream.pause();
  });
  stream.once('end', () => gunzip.end());
  stream.once('close', () => {
    if (!stream.readableEnded) body.destroy(new Error('the request broke off'));
  });
  return body;
}
