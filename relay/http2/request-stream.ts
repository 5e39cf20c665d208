import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import {
  Stream,
  type Receiver as BodyReceiver,
  type StreamHost,
} from '../../common/http2/stream.ts';

/** Fields of an answer, as node:http2 gives them; `:status` is a number. */
export type ResponseHead = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** Who gets the answer of a stream. */
export interface Receiver extends BodyReceiver<Buffer> {
  /** An interim answer (RFC 9110 §15.2). */
  onInterim(fields: ResponseHead): void;
  onHead(fields: ResponseHead): void;
}

/** A request of ours and its answer. */
export class RequestStream extends Stream<Buffer> {
  /** The head of the answer has come. */
  answered = false;
  readonly method: string;
  readonly #receiver: Receiver;

  constructor(
    host: StreamHost<Buffer>,
    receiver: Receiver,
    parts: { readonly window: number; readonly method: string; readonly endStream: boolean },
  ) {
    super(host, receiver, parts);
    this.#receiver = receiver;
    this.method = parts.method;
  }

  // What follows is called by the session.

  interim(fields: ResponseHead): void {
    this.#receiver.onInterim(fields);
  }

  head(fields: ResponseHead): void {
    this.answered = true;
    this.#receiver.onHead(fields);
  }
}
