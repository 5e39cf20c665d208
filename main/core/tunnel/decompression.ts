import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { createGunzip } from 'node:zlib';
import { CODING, declaredLength } from '../../../common/tunnel/compression.ts';
import { header } from '../../../common/tunnel/protocol.ts';

/**
 * Takes the relay's coding off a request: whoever reads the stream gets the body that the public sent, and `headers` say what
 * they said. A body that turns out to be coded wrongly resets the stream, so that nobody takes what came of it for the whole.
 * False when nothing can come of it at all; the stream is reset then.
 */
export function decodeRequest(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
  const coding = headers[header.coding];
  if (coding === undefined) return true;
  const length = declaredLength(headers[header.length]);
  stream.on('error', () => undefined);
  if (coding !== CODING || Number.isNaN(length) || stream.endAfterHeaders) {
    stream.destroy(new Error('a body in a coding that was not agreed'));
    return false;
  }
  delete headers[header.coding];
  delete headers[header.length];
  if (length === null) delete headers['content-length'];
  else headers['content-length'] = String(length);
  decodeBody(stream, length);
  return true;
}

/**
 * What the connection puts into the stream goes through gunzip first. No more of it is decoded than the reader takes, however
 * far a few bytes would expand, and never more than `length`, where that is known.
 */
function decodeBody(stream: ServerHttp2Stream, length: number | null): void {
  const gunzip = createGunzip();
  const push = stream.push.bind(stream);
  const read = stream._read.bind(stream);
  let received = 0;
  let decoded = 0;
  let ended = false;
  let full = false;
  const fail = (): void => {
    gunzip.destroy();
    stream.destroy(new Error('a body that is not what its coding says'));
  };
  stream.push = (piece: Buffer | null) => {
    // Node pushes an end when it destroys a stream as well; a reader must not see that one.
    if (stream.destroyed || ended) return false;
    if (piece === null) {
      ended = true;
      gunzip.end();
      return false;
    }
    received += piece.length;
    full = !gunzip.write(piece);
    return !full;
  };
  stream._read = (size) => {
    gunzip.resume();
    if (!full) read(size);
  };
  gunzip.on('data', (piece: Buffer) => {
    decoded += piece.length;
    if (length !== null && decoded > length) fail();
    else if (!push(piece)) gunzip.pause();
  });
  gunzip.on('drain', () => {
    full = false;
    read(0);
  });
  gunzip.once('end', () => {
    // Gunzip is content with nothing at all, and passes over what follows the last member.
    const isWhole = received > 0 && gunzip.bytesWritten === received;
    if (!isWhole || (length !== null && decoded !== length)) {
      fail();
      return;
    }
    push(null);
    stream.read(0);
  });
  gunzip.on('error', fail);
  stream.once('close', () => gunzip.destroy());
}
