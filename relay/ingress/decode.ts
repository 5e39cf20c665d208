import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { createGunzip } from 'node:zlib';
import { header } from '../../common/tunnel/protocol.ts';
import type { RequestStream } from '../http2/request-stream.ts';
import type { AnswerSink } from './attempt.ts';
import type { BodySource } from './deliver.ts';

/** An answer on its way to a sink. */
export interface Decoded {
  /** What is to be held back when the sink cannot take more. */
  readonly source: BodySource;
  /** Takes the tunnel's answer. */
  readonly sink: AnswerSink;
  /** Fields that the answer had before; null where it is not coded. */
  readonly fields: OutgoingHttpHeaders | null;
}

/** Takes the tunnel's own coding off an answer, where it has one. What turns out to be no such coding breaks the answer. */
export function decodeInto(
  stream: RequestStream,
  headers: IncomingHttpHeaders,
  sink: AnswerSink,
): Decoded {
  if (headers[header.coding] !== 'gzip') return { source: stream, sink, fields: null };
  const gunzip = createGunzip();
  let trailers: IncomingHttpHeaders | null = null;
  let broken = false;
  const finish = (): void => {
    broken = true;
    stream.cancel();
    gunzip.destroy();
  };
  gunzip.on('data', (piece: Buffer) => {
    sink.onData(piece);
    // Pieces come one by one here; a slow body must not wait for the next.
    sink.onLull();
  });
  gunzip.once('end', () => {
    if (trailers !== null) sink.onTrailers(trailers);
    sink.onEnd();
  });
  gunzip.on('error', finish);
  gunzip.on('drain', () => stream.resume());
  gunzip.once('close', () => sink.onClose());
  const length = headers[header.length];
  const isLength = typeof length === 'string' && /^\d{1,15}$/.test(length);
  return {
    source: {
      pause: () => gunzip.pause(),
      resume: () => gunzip.resume(),
      cancel: finish,
    },
    sink: {
      onData: (piece) => {
        if (!gunzip.write(piece)) stream.pause();
      },
      onLull: () => undefined,
      onTrailers: (fields) => {
        trailers = fields;
      },
      onEnd: () => gunzip.end(),
      onClose: () => {
        if (stream.rstCode !== 0 || broken) gunzip.destroy();
      },
    },
    fields: isLength ? { 'content-length': length } : {},
  };
}
