import type { ClientStream } from '../http2/client-stream.ts';
import { errorCode } from '../http2/errors.ts';
import type { OutgoingHttpHeaders } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { header } from '../../common/tunnel/protocol.ts';

/** The body of an answer as the public gets it. */
export interface BodySource {
  readonly source: Readable;
  /** Fields that the answer had before it was coded for the tunnel. */
  readonly fields: OutgoingHttpHeaders;
  /** Whether all of it has come, although not all may have been read. */
  readonly isWhole: () => boolean;
}

/** Takes the tunnel's own coding off an answer. `onBroken` is called when what came is no such coding. */
export function createBodySource(
  stream: ClientStream,
  headers: IncomingHttpHeaders,
  onBroken: () => void,
): BodySource {
  if (headers[header.coding] !== 'gzip') {
    return { source: stream, fields: {}, isWhole: () => false };
  }
  const source = createGunzip();
  source.on('error', onBroken);
  stream.pipe(source);
  stream.once('close', () => {
    if (stream.rstCode !== errorCode.NO_ERROR) source.destroy();
  });
  const length = headers[header.length];
  return {
    source,
    fields:
      typeof length === 'string' && /^\d{1,15}$/.test(length) ? { 'content-length': length } : {},
    isWhole: () => stream.rstCode === errorCode.NO_ERROR && stream.readableEnded,
  };
}
