import { constants, type Http2Stream } from 'node:http2';

/**
 * Breaks a stream off so that the other end cannot take what it has for the whole. Node's own `close(code)` first *ends*
 * the writable side (END_STREAM, then RST_STREAM or nothing at all), which turns a broken body into a short one; destroying
 * with an error sends RST_STREAM(INTERNAL_ERROR) alone. Where our side has ended anyway, `code` is what is sent.
 */
export function resetStream(
  stream: Http2Stream,
  code: number = constants.NGHTTP2_INTERNAL_ERROR,
): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.writableEnded) stream.close(code);
  else stream.destroy(new Error('broken off'));
}
