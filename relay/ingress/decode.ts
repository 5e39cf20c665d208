import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { createGunzip } from 'node:zlib';
import { CODING, declaredLength } from '../../common/tunnel/compression.ts';
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

/**
 * Takes the tunnel's own coding off an answer, where it has one. What turns out to be no such coding, or of another length than
 * was said, breaks the answer.
 */
export function decodeInto(
  stream: RequestStream,
  headers: IncomingHttpHeaders,
  sink: AnswerSink,
): Decoded {
  if (headers[header.coding] !== CODING) return { source: stream, sink, fields: null };
  const gunzip = createGunzip();
  const length = declaredLength(headers[header.length]);
  let received = 0;
  let decoded = 0;
  let trailers: IncomingHttpHeaders | null = null;
  let broken = false;
  const finish = (): void => {
    broken = true;
    stream.cancel();
    gunzip.destroy();
  };
  gunzip.on('data', (piece: Buffer) => {
    decoded += piece.length;
    if (length !== null && decoded > length) {
      finish();
      return;
    }
    sink.onData(piece);
    // Pieces come one by one here; a slow body must not wait for the next.
    sink.onLull();
  });
  gunzip.once('end', () => {
    // Gunzip is content with nothing at all, and passes over what follows the last member.
    const isWhole = received > 0 && gunzip.bytesWritten === received;
    if (!isWhole || (length !== null && decoded !== length)) {
      finish();
      return;
    }
    if (trailers !== null) sink.onTrailers(trailers);
    sink.onEnd();
  });
  gunzip.on('error', finish);
  gunzip.on('drain', () => stream.resume());
  gunzip.once('close', () => sink.onClose());
  return {
    source: {
      pause: () => gunzip.pause(),
      resume: () => gunzip.resume(),
      cancel: finish,
    },
    sink: {
      onData: (piece) => {
        received += piece.length;
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
    fields: length === null || Number.isNaN(length) ? {} : { 'content-length': String(length) },
  };
}
