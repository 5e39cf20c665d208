import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { constants as zlib, createGzip } from 'node:zlib';
import { errorCode } from '../../../common/http2/errors.ts';
import { CODING, CODING_LEVEL, isWorthCoding } from '../../../common/tunnel/compression.ts';
import { header } from '../../../common/tunnel/protocol.ts';
import type { TunnelDuplex } from '../../../gateway/types.ts';

/** Whether an answer of these fields, lower case, is worth compressing. */
export function isCompressible(fields: OutgoingHttpHeaders): boolean {
  const status = Number(fields[':status'] ?? 200);
  if (status < 200 || status === 204 || status === 206 || status === 304) return false;
  return isWorthCoding(fields);
}

/** Whether the relay takes the answer to a request in our coding. */
export function takesCoding(request: IncomingHttpHeaders): boolean {
  return request[header.acceptCoding] === CODING && request[':method'] !== 'CONNECT';
}

/**
 * Compresses what will be answered on a stream whose request takes it, if the answer is worth it; whoever answers uses the
 * stream as ever. The pieces of an answer without a length are flushed as they come, so that nothing of a slow one is held back.
 */
export function compressAnswer(stream: TunnelDuplex): void {
  const respond = stream.respond.bind(stream);
  // Whoever answers may not know that there is a stream of Node's, and hears of its end.
  stream.on('error', () => undefined);
  stream.respond = (fields, options) => {
    const plain = lowerCase(fields ?? {});
    if (options?.endStream === true || !isCompressible(plain)) {
      respond(fields, options);
      return;
    }
    const { 'content-length': length, ...rest } = plain;
    respond(
      {
        ...rest,
        [header.coding]: CODING,
        ...(length === undefined ? {} : { [header.length]: String(length) }),
      },
      options,
    );
    redirect(stream, length === undefined);
  };
}

function lowerCase(fields: object): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value as string]),
  );
}

/** From now on what is written to the stream goes through gzip, with back-pressure. */
function redirect(stream: TunnelDuplex, isSlow: boolean): void {
  const flush = isSlow ? zlib.Z_SYNC_FLUSH : zlib.Z_NO_FLUSH;
  const gzip = createGzip({ level: CODING_LEVEL, flush });
  const write = stream.write.bind(stream) as (chunk: Buffer) => boolean;
  const end = stream.end.bind(stream) as () => TunnelDuplex;
  gzip.on('data', (chunk: Buffer) => {
    if (!write(chunk)) gzip.pause();
  });
  gzip.once('end', end);
  gzip.on('error', () => stream.close(errorCode.INTERNAL_ERROR));
  stream.on('drain', () => gzip.resume());
  // Writers wait for it on the stream.
  gzip.on('drain', () => stream.emit('drain'));
  stream.once('close', () => gzip.destroy());
  Object.assign(stream, {
    write: gzip.write.bind(gzip),
    end: (...parameters: Parameters<typeof gzip.end>) => {
      gzip.end(...parameters);
      return stream;
    },
  });
}
