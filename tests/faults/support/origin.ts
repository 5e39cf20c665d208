import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http2';
import type { TunnelDuplex, TunnelStream } from '../../../gateway/types.ts';

const CHUNK = 64 * 1024;

/**
 * Byte `at` of what `/down` sends, so that both ends know it. A period of 251 does not fit any power of two: a piece that
 * is lost, doubled or moved changes the hash.
 */
const pattern = Buffer.from(Array.from({ length: 251 * 512 }, (_, at) => (at * 7) % 251));

/** `length` bytes of the pattern from `offset`. */
export function patternAt(offset: number, length: number): Buffer {
  const start = offset % 251;
  return pattern.subarray(start, start + length);
}

/** Hash of the first `bytes` of the pattern, lower hex SHA-256. */
export function patternHash(bytes: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes; at += CHUNK) hash.update(patternAt(at, Math.min(CHUNK, bytes - at)));
  return hash.digest('hex');
}

/**
 * The far end of the tunnel for fault tests, which misbehaves on request:
 * `/down?bytes=` sends the pattern, `/up` answers with hash and length of what it got, `/pause?ms=` does so after not
 * reading for a while, `/slow?ms=` answers late, `/hang` never, `/reset` resets before a head, `/cut?bytes=` in the middle
 * of a body; everything else is answered with method and path.
 */
export function origin(request: TunnelStream, headers: IncomingHttpHeaders): void {
  const path = headers[':path'] ?? '/';
  if (request.endAfterHeaders && path === '/') {
    request.answer(plain, echoOf(headers));
    return;
  }
  const stream = request.duplex();
  stream.on('error', () => undefined);
  const url = new URL(path, 'http://origin');
  const number = (name: string): number => Number(url.searchParams.get(name) ?? 0);
  switch (url.pathname) {
    case '/down':
      stream.respond({ ':status': 200, 'x-causeway-source': 'origin' });
      sendPattern(stream, number('bytes'));
      return;
    case '/up':
      hashUpload(stream);
      return;
    case '/pause':
      setTimeout(() => hashUpload(stream), number('ms'));
      return;
    case '/slow':
      stream.resume();
      setTimeout(() => answer(stream, headers), number('ms'));
      return;
    case '/hang':
    case '/wecom/callback/hang':
      stream.resume();
      return;
    case '/reset':
      stream.destroy(new Error('reset'));
      return;
    case '/cut':
      stream.respond({ ':status': 200, 'content-length': String(number('bytes')) });
      stream.write(patternAt(0, Math.floor(number('bytes') / 2)), () => {
        setTimeout(() => stream.destroy(new Error('cut')), 50);
      });
      return;
    default:
      stream.resume();
      answer(stream, headers);
  }
}

const plain = { ':status': 200, 'content-type': 'text/plain', 'x-causeway-source': 'origin' };

function echoOf(headers: IncomingHttpHeaders): string {
  return `${headers[':method'] ?? ''} ${headers[':path'] ?? ''}`;
}

function answer(stream: TunnelDuplex, headers: IncomingHttpHeaders): void {
  if (stream.destroyed) return;
  stream.respond(plain);
  stream.end(echoOf(headers));
}

function sendPattern(stream: TunnelDuplex, bytes: number): void {
  let at = 0;
  const push = (): void => {
    while (at < bytes && !stream.destroyed) {
      const length = Math.min(CHUNK, bytes - at);
      const more = stream.write(patternAt(at, length));
      at += length;
      if (!more) return;
    }
    if (at >= bytes) {
      stream.removeListener('drain', push);
      stream.end();
    }
  };
  stream.on('drain', push);
  push();
}

function hashUpload(stream: TunnelDuplex): void {
  const hash = createHash('sha256');
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  stream.once('end', () => {
    if (stream.destroyed || stream.rstCode !== 0) return;
    stream.respond({ ':status': 200, 'x-causeway-source': 'origin' });
    stream.end(JSON.stringify({ bytes, sha256: hash.digest('hex') }));
  });
}
