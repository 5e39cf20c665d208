import type {
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from 'node:http2';
import { errorCode } from './errors.ts';
import { listRequestFields, type FieldList } from './request-fields.ts';

/** Fields of an answer, as node:http2 gives them; `:status` is a number. */
export type ResponseHead = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** Who gets the answer of a stream, as it comes and without detours: each is called while the connection is being read. */
export interface Receiver {
  /** An interim answer (RFC 9110 §15.2). */
  onInterim(fields: ResponseHead): void;
  onHead(fields: ResponseHead): void;
  /** A piece of the body; never while the stream is paused. */
  onData(piece: Buffer): void;
  /** All that had come together was given, and it was not the whole. */
  onLull(): void;
  onTrailers(fields: IncomingHttpHeaders): void;
  /** The answer is whole. */
  onEnd(): void;
  /** After a `write` that was false: there is room again. */
  onDrain(): void;
  /** Nothing will come any more; always the last. `rstCode` says whether the stream broke off. */
  onClose(): void;
}

/** What a stream needs of its session. */
export interface StreamHost {
  /** Sends as much of what is unsent as may go now, and the rest later. */
  readonly send: (stream: RequestStream) => void;
  /** Something was taken out of the stream. */
  readonly consumed: (stream: RequestStream) => void;
  /** The stream is over for us; the peer is told unless it knows. */
  readonly leave: (stream: RequestStream) => void;
}

/** A stream with more than this to send asks its writer to wait, octets. */
const HIGH_WATER = 64 * 1024;

/** A request of ours and its answer. */
export class RequestStream {
  /** 0 while it waits for its turn. */
  id = 0;
  /** Why it broke off (RFC 9113 §7); 0 while it has not. */
  rstCode: number = errorCode.NO_ERROR;
  /** Octets that the peer would still take. */
  sendWindow = 0;
  readonly unsent: Buffer[] = [];
  /** How much of the first of them has gone. */
  unsentAt = 0;
  unsentBytes = 0;
  /** What is unsent is the rest. */
  endWanted: boolean;
  /** What goes out behind the rest. */
  unsentTrailers: FieldList | null = null;
  /** Whether END_STREAM has gone out and come in. */
  localEnded: boolean;
  remoteEnded = false;
  /** Octets of which the peer may still send so many, and how far that is to be raised next time. */
  receiveWindow: number;
  windowGoal: number;
  /** The head of the answer has come. */
  answered = false;
  /** Octets of the body that were announced and have not come; null when nothing was announced. */
  bodyLeft: number | null = null;
  readonly method: string;
  /** Octets that have come and wait for their reader. */
  heldBytes = 0;
  closed = false;
  readonly #host: StreamHost;
  readonly #receiver: Receiver;
  readonly #held: Buffer[] = [];
  #isGiving = false;
  #trailers: IncomingHttpHeaders | null = null;
  #paused = false;
  #delivered = false;
  #needsDrain = false;

  constructor(
    host: StreamHost,
    receiver: Receiver,
    parts: { readonly window: number; readonly method: string; readonly endStream: boolean },
  ) {
    this.#host = host;
    this.#receiver = receiver;
    this.method = parts.method;
    this.endWanted = parts.endStream;
    this.localEnded = parts.endStream;
    this.receiveWindow = parts.window;
    this.windowGoal = parts.window;
  }

  /** Sends a piece of the request's body; false asks to wait for `onDrain`. After the end or a break it is dropped. */
  write(bytes: Buffer): boolean {
    if (this.endWanted || this.closed) return true;
    this.#queue(bytes);
    this.#host.send(this);
    if (this.unsentBytes >= HIGH_WATER) this.#needsDrain = true;
    return !this.#needsDrain;
  }

  /** Ends the request, with a last piece and with trailers. Trailers that cannot be written break it off. */
  end(bytes?: Buffer, trailers: OutgoingHttpHeaders | null = null): void {
    if (this.endWanted || this.closed) return;
    try {
      if (trailers !== null) this.unsentTrailers = listRequestFields(trailers);
    } catch {
      this.cancel();
      return;
    }
    if (bytes !== undefined) this.#queue(bytes);
    this.endWanted = true;
    this.#host.send(this);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // The receiver has paused and gone on while it was given a piece: the rest follows that piece.
    if (this.#isGiving) return;
    if (this.#held.length > 0) this.#give();
    this.#finish();
  }

  /**
   * Breaks it off (RFC 9113 §6.4), so that the other end cannot take what it has of the request for the whole: node:http2
   * ends a stream in order that was cancelled, but not one that failed.
   */
  cancel(): void {
    this.reset(this.localEnded ? errorCode.CANCEL : errorCode.INTERNAL_ERROR);
  }

  /** RST_STREAM with that code. */
  reset(code: number): void {
    if (this.closed) return;
    this.rstCode = code;
    this.#host.leave(this);
    this.#close();
  }

  // What follows is called by the session.

  interim(fields: ResponseHead): void {
    this.#receiver.onInterim(fields);
  }

  head(fields: ResponseHead): void {
    this.answered = true;
    this.#receiver.onHead(fields);
  }

  data(piece: Buffer): void {
    if (this.#paused) {
      this.heldBytes += piece.length;
      this.#held.push(piece);
    } else this.#receiver.onData(piece);
  }

  lull(): void {
    if (!this.closed) this.#receiver.onLull();
  }

  trailers(fields: IncomingHttpHeaders): void {
    this.#trailers = fields;
  }

  /** The peer has ended the answer. */
  ended(): void {
    this.remoteEnded = true;
    this.#finish();
  }

  /** Something was sent. */
  sent(): void {
    if (!this.#needsDrain || this.unsentBytes > 0 || this.closed) return;
    this.#needsDrain = false;
    this.#receiver.onDrain();
  }

  /** Our side has ended, or need not. */
  localEnd(): void {
    this.localEnded = true;
    this.endWanted = true;
    this.unsent.length = 0;
    this.unsentBytes = 0;
    if (this.#delivered) this.#close();
  }

  /** The peer, or the connection, has ended it. */
  lost(code: number): void {
    if (this.closed) return;
    this.rstCode = code;
    this.#close();
  }

  /** Gives what was held back, until the receiver pauses again or breaks the stream off. */
  #give(): void {
    let given = 0;
    this.#isGiving = true;
    try {
      for (; given < this.#held.length && !this.#paused && !this.closed; given += 1) {
        const piece = this.#held[given] as Buffer;
        this.heldBytes -= piece.length;
        this.#receiver.onData(piece);
      }
    } finally {
      this.#isGiving = false;
      this.#held.splice(0, given);
    }
    this.#host.consumed(this);
  }

  #queue(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.unsent.push(bytes);
    this.unsentBytes += bytes.length;
  }

  #finish(): void {
    if (!this.remoteEnded || this.#delivered || this.#paused || this.closed) return;
    this.#delivered = true;
    if (this.#trailers !== null) this.#receiver.onTrailers(this.#trailers);
    this.#receiver.onEnd();
    if (this.localEnded) this.#close();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.unsent.length = 0;
    this.unsentBytes = 0;
    this.#held.length = 0;
    this.heldBytes = 0;
    this.#receiver.onClose();
  }
}
