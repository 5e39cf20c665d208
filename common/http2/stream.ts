import { errorCode } from './errors.ts';
import { listFields, type FieldList, type OutgoingFields } from './field-list.ts';
import type { Fields } from './fields.ts';
import type { Octets } from './octets.ts';

/** Who gets the peer's message, as it comes and without detours: each is called while the connection is being read. */
export interface Receiver<B> {
  /** A piece of the body; never while the stream is paused. */
  onData(piece: B): void;
  /** All that had come together was given, and it was not the whole. */
  onLull(): void;
  onTrailers(fields: Fields): void;
  /** The message is whole. */
  onEnd(): void;
  /** After a `write` that was false: there is room again. */
  onDrain(): void;
  /** Nothing will come any more; always the last. `rstCode` says whether the stream broke off. */
  onClose(): void;
}

/** What a stream needs of its session. */
export interface StreamHost<B extends Octets<B>> {
  /** Sends as much of what is unsent as may go now, and the rest later. */
  readonly send: (stream: Stream<B>) => void;
  /** Something was taken out of the stream. */
  readonly consumed: (stream: Stream<B>) => void;
  /** So many octets more wait for their reader, or fewer. */
  readonly held: (octets: number) => void;
  /** The stream is over for us; the peer is told unless it knows. */
  readonly leave: (stream: Stream<B>) => void;
}

/** A stream with more than this to send asks its writer to wait, octets. */
const HIGH_WATER = 64 * 1024;

/** A stream of either end: what goes out on it, and what comes in for its receiver. */
export class Stream<B extends Octets<B>> {
  /** 0 while it waits for its turn. */
  id = 0;
  /** Why it broke off (RFC 9113 §7); 0 while it has not. */
  rstCode: number = errorCode.NO_ERROR;
  /** Octets that the peer would still take. */
  sendWindow = 0;
  readonly unsent: B[] = [];
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
  /** Octets of the body that were announced and have not come; null when nothing was announced. */
  bodyLeft: number | null = null;
  /** Octets that have come and wait for their reader. */
  heldBytes = 0;
  closed = false;
  readonly #host: StreamHost<B>;
  #receiver: Receiver<B>;
  readonly #held: B[] = [];
  #isGiving = false;
  #trailers: Fields | null = null;
  #paused = false;
  #delivered = false;
  #needsDrain = false;

  constructor(
    host: StreamHost<B>,
    receiver: Receiver<B>,
    parts: { readonly window: number; readonly endStream: boolean },
  ) {
    this.#host = host;
    this.#receiver = receiver;
    this.endWanted = parts.endStream;
    this.localEnded = parts.endStream;
    this.receiveWindow = parts.window;
    this.windowGoal = parts.window;
  }

  /** Sends a piece of our body; false asks to wait for `onDrain`. After the end or a break it is dropped. */
  write(bytes: B): boolean {
    if (this.endWanted || this.closed) return true;
    this.#queue(bytes);
    this.#host.send(this);
    if (this.unsentBytes >= HIGH_WATER) this.#needsDrain = true;
    return !this.#needsDrain;
  }

  /** Ends our message, with a last piece and with trailers. Trailers that cannot be written break it off. */
  end(bytes?: B, trailers: OutgoingFields | null = null): void {
    if (this.endWanted || this.closed) return;
    try {
      if (trailers !== null) this.unsentTrailers = listFields(trailers);
    } catch {
      this.cancel();
      return;
    }
    if (bytes !== undefined) this.#queue(bytes);
    this.endWanted = true;
    this.#host.send(this);
  }

  /** From now on another one gets what comes. */
  protected receive(receiver: Receiver<B>): void {
    this.#receiver = receiver;
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
   * Breaks it off (RFC 9113 §6.4), so that the other end cannot take what it has of our message for the whole: node:http2
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

  /** It is over; the receiver knows. */
  protected onClosed(): void {
    // Nothing more to do, unless an end has something.
  }

  // What follows is called by the session.

  data(piece: B): void {
    if (this.#paused) {
      this.heldBytes += piece.length;
      this.#host.held(piece.length);
      this.#held.push(piece);
    } else this.#receiver.onData(piece);
  }

  lull(): void {
    if (!this.closed) this.#receiver.onLull();
  }

  trailers(fields: Fields): void {
    this.#trailers = fields;
  }

  /** The peer has ended its message. */
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
        const piece = this.#held[given] as B;
        this.heldBytes -= piece.length;
        this.#host.held(-piece.length);
        this.#receiver.onData(piece);
      }
    } finally {
      this.#isGiving = false;
      this.#held.splice(0, given);
    }
    this.#host.consumed(this);
  }

  #drop(): void {
    if (this.heldBytes > 0) this.#host.held(-this.heldBytes);
    this.#held.length = 0;
    this.heldBytes = 0;
  }

  #queue(bytes: B): void {
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
    this.#drop();
    this.#receiver.onClose();
    this.onClosed();
  }
}
