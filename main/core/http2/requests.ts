import type { IncomingHttpHeaders } from 'node:http2';
import { createBodies, malformed } from '../../../common/http2/bodies.ts';
import { errorCode } from '../../../common/http2/errors.ts';
import type { Fields } from '../../../common/http2/fields.ts';
import type { Messages } from '../../../common/http2/incoming.ts';
import type { Nuisance } from '../../../common/http2/nuisance.ts';
import type { ServerStream } from './server-stream.ts';
import type { ServerTable } from './server-table.ts';

/** What comes on the peer's streams. */
export interface Requests extends Messages<Buffer, ServerStream> {
  /** The head of a new stream; null where the fields are malformed. */
  readonly begin: (streamId: number, fields: Fields | null, endStream: boolean) => void;
  /** Trailers; null where they are malformed. */
  readonly trailers: (stream: ServerStream, fields: Fields | null, endStream: boolean) => void;
}

export interface RequestsDeps {
  readonly table: ServerTable;
  /** Streams that the peer resets, or that we have to. */
  readonly resets: Nuisance;
  readonly onStream: (stream: ServerStream, headers: IncomingHttpHeaders) => void;
}

export function createRequests({ table, resets, onStream }: RequestsDeps): Requests {
  const { piece, end } = createBodies<Buffer, ServerStream>(table.forgetIfOver);
  const refuse = (id: number, code: number): void => {
    table.refuse(id, code);
    resets.count();
  };

  return {
    begin: (id, fields, endStream) => {
      if (table.isFull) {
        refuse(id, errorCode.REFUSED_STREAM);
        return;
      }
      const bodyLength = fields === null ? null : bodyLengthOf(fields);
      // RFC 9113 §8.1.1: a length that is announced has to come.
      if (fields === null || (endStream && bodyLength !== null && bodyLength > 0)) {
        refuse(id, errorCode.PROTOCOL_ERROR);
        return;
      }
      const method = String(fields[':method']);
      onStream(table.open({ id, method, endStream, bodyLength }), fields);
    },
    trailers: (stream, fields, endStream) => {
      if (stream.remoteEnded) {
        stream.reset(errorCode.STREAM_CLOSED);
        return;
      }
      // They end the stream, and a tunnel has none (RFC 9113 §8.1, §8.5).
      if (fields === null || !endStream || stream.method === 'CONNECT') {
        malformed(stream);
        return;
      }
      stream.trailers(fields);
      end(stream);
    },
    data: (stream) => {
      if (stream.remoteEnded) stream.reset(errorCode.STREAM_CLOSED);
    },
    piece,
    end,
    reset: (stream, code) => {
      // Before its receiver is told: a flood is not to be served any further.
      resets.count();
      table.lose(stream, code === errorCode.NO_ERROR ? errorCode.CANCEL : code);
    },
  };
}

/** Octets of a body, null where its head does not say. RFC 9110 §9.3.6: a tunnel has no content, whatever its head says. */
function bodyLengthOf(fields: Fields): number | null {
  const announced = fields['content-length'];
  return announced === undefined || fields[':method'] === 'CONNECT' ? null : Number(announced);
}
