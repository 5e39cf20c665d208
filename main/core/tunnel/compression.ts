import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { constants as zlib, createGzip } from 'node:zlib';
import { header } from '../../../common/tunnel/protocol.ts';

/** Below it the coding costs more than it saves, bytes. */
const MIN_LENGTH = 1024;
/** The first level does nearly what the others do, at a fraction of their time. */
const LEVEL = 1;

const compressible =
  /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?(?:json|xml|javascript|x-ndjson|graphql)|image\/svg\+xml|application\/wasm)/i;

/** Whether an answer of these fields, lower case, is worth compressing. */
export function isCompressible(fields: OutgoingHttpHeaders): boolean {
  const status = Number(fields[':status'] ?? 200);
  if (status < 200 || status === 204 || status === 206 || status === 304) return false;
  const coding = fields['content-encoding'];
  if (coding !== undefined && coding !== 'identity') return false;
  // RFC 9111 §5.2.2.6 is about the end to end body, which stays as it is; who writes it wants no surprises all the same.
  if (/\bno-transform\b/i.test(fields['cache-control'] ?? '')) return false;
  const length = fields['content-length'];
  if (length !== undefined && Number(length) < MIN_LENGTH) return false;
  return compressible.test(fields['content-type'] ?? '');
}

/**
 * Compresses what will be answered on a stream, if the relay takes that and the answer is worth it; whoever answers uses the
 * stream as ever. The pieces of an answer without a length are flushed as they come, so that nothing of a slow one is held back.
 */
export function compressAnswer(stream: ServerHttp2Stream, request: IncomingHttpHeaders): void {
  if (request[header.acceptCoding] !== 'gzip' || request[':method'] === 'CONNECT') return;
  const respond = stream.respond.bind(stream);
  stream.respond = (fields, options) => {
    const plain = fields === undefined || Array.isArray(fields) ? null : lowerCase(fields);
    const isBodyless = options?.endStream === true || options?.waitForTrailers === true;
    if (plain === null || isBodyless || !isCompressible(plain)) {
      respond(fields, options);
      return;
    }
    const { 'content-length': length, ...rest } = plain;
    respond(
      {
        ...rest,
        [header.coding]: 'gzip',
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
function redirect(stream: ServerHttp2Stream, isSlow: boolean): void {
  const flush = isSlow ? zlib.Z_SYNC_FLUSH : zlib.Z_NO_FLUSH;
  const gzip = createGzip({ level: LEVEL, flush });
  const write = stream.write.bind(stream) as (chunk: Buffer) => boolean;
  const end = stream.end.bind(stream) as () => ServerHttp2Stream;
  gzip.on('data', (chunk: Buffer) => {
    if (!write(chunk)) gzip.pause();
  });
  gzip.once('end', end);
  gzip.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
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
