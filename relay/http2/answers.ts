import { createBodies, malformed } from '../../common/http2/bodies.ts';
import { errorCode } from '../../common/http2/errors.ts';
import type { Fields } from '../../common/http2/fields.ts';
import type { Messages } from '../../common/http2/incoming.ts';
import type { Nuisance } from '../../common/http2/nuisance.ts';
import type { RequestStream, ResponseHead } from './request-stream.ts';

/** What comes on our requests. */
export interface Answers extends Messages<Buffer, RequestStream> {
  /** A head, interim or final, or trailers; null where the fields are malformed. */
  readonly head: (stream: RequestStream, fields: Fields | null, endStream: boolean) => void;
}

export interface AnswersDeps {
  readonly nuisance: Nuisance;
  /** Called before the receiver hears of the end: whatever it does then, the peer has nothing more to say. */
  readonly onEnd: (stream: RequestStream) => void;
  /** The stream has broken off, as the peer knows. */
  readonly lose: (stream: RequestStream, code: number) => void;
}

export function createAnswers({ nuisance, onEnd, lose }: AnswersDeps): Answers {
  const { piece, end } = createBodies<Buffer, RequestStream>(onEnd);
  const interim = (stream: RequestStream, fields: ResponseHead, endStream: boolean): void => {
    nuisance.count();
    // RFC 9113 §8.6: there is no upgrade in HTTP/2.
    if (endStream || fields[':status'] === 101) malformed(stream);
    else stream.interim(fields);
  };
  const final = (stream: RequestStream, fields: ResponseHead, status: number): void => {
    const length = fields['content-length'];
    // RFC 9110 §8.6 forbids it; some servers say 0 all the same.
    if (status === 204 && length !== undefined && length !== '0') {
      malformed(stream);
      return;
    }
    stream.bodyLeft = bodyLength(stream.method, status, length);
    stream.head(fields);
  };

  return {
    head: (stream, fields, endStream) => {
      if (stream.remoteEnded) {
        stream.reset(errorCode.STREAM_CLOSED);
        return;
      }
      const status = Number(fields?.[':status'] ?? 0);
      if (fields === null) malformed(stream);
      else if (stream.answered) {
        // Trailers end the stream, and a tunnel has none (RFC 9113 §8.1, §8.5).
        if (!endStream || stream.method === 'CONNECT') malformed(stream);
        else stream.trailers(fields);
      } else {
        const head: ResponseHead = Object.assign(fields, { ':status': status });
        if (status < 200) interim(stream, head, endStream);
        else final(stream, head, status);
      }
      if (endStream && !stream.closed) end(stream);
    },
    data: (stream) => {
      if (stream.remoteEnded) stream.reset(errorCode.STREAM_CLOSED);
      else if (!stream.answered) malformed(stream);
    },
    piece,
    end,
    reset: (stream, code) => {
      // RFC 9113 §8.1: the answer is whole, and the peer does not want the rest of the request.
      if (code === errorCode.NO_ERROR && stream.remoteEnded) {
        stream.localEnd();
        onEnd(stream);
      } else lose(stream, code === errorCode.NO_ERROR ? errorCode.CANCEL : code);
    },
  };
}

/** Octets of a body, null where its head does not say. */
function bodyLength(method: string, status: number, announced: string | undefined): number | null {
  // RFC 9110 §9.3.6: a tunnel has no content, whatever its head says.
  if (method === 'CONNECT' && status < 300) return null;
  // RFC 9110 §6.4.1: what is announced is what another answer would have.
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  return announced === undefined ? null : Number(announced);
}
