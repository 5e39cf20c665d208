import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { Duplex } from 'node:stream';
import { errorCode } from './errors.ts';

/** What a stream needs of its session. */
export interface StreamHost {
  /** Sends as much of `stream.unsent` as may go now, and the rest later. */
  readonly send: (stream: RequestStream) => void;
  /** Ends our side. */
  readonly end: (stream: RequestStream) => void;
  /** Sends a whole body with its end if all of it may go now; false when nothing was sent. */
  readonly sendWhole: (stream: RequestStream, body: Buffer) => boolean;
  /** Something was taken out of the stream. */
  readonly consumed: (stream: RequestStream) => void;
  /** The stream is over for us; the peer is told unless it knows. */
  readonly leave: (stream: RequestStream) => void;
}

/** What waits to be sent, from `at` on, and who is told when it has gone. */
export interface Unsent {
  readonly bytes: Buffer;
  at: number;
  readonly done: (error?: Error | null) => void;
}

/** Fields of an answer, as node:http2 gives them; `:status` is a number. */
export type ResponseHead = IncomingHttpHeaders & IncomingHttpStatusHeader;

export interface ClientStreamEvents {
  /** An interim answer (RFC 9110 §15.2). */
  headers: [fields: ResponseHead];
  response: [fields: ResponseHead];
  trailers: [fields: IncomingHttpHeaders];
}

/** A request of ours and its answer. `close` comes always, `end` only after a whole answer. */
export type ClientStream = TypedEvents &
  Duplex & {
    /** Why it broke off (RFC 9113 §7); 0 while it has not. */
    readonly rstCode: number;
    /**
     * Breaks it off (RFC 9113 §6.4), so that the other end cannot take what it has of the request for the whole: node:http2
     * ends a stream in order that was cancelled, but not one that failed.
     */
    cancel(): void;
  };

interface TypedEvents {
  on<E extends keyof ClientStreamEvents>(
    event: E,
    listener: (...parameters: ClientStreamEvents[E]) => void,
  ): unknown;
  once<E extends keyof ClientStreamEvents>(
    event: E,
    listener: (...parameters: ClientStreamEvents[E]) => void,
  ): unknown;
}

const BUFFER_BYTES = 64 * 1024;

/** A {@link ClientStream} as its session sees it. */
export class RequestStream extends Duplex {
  /** 0 while it waits for its turn. */
  id = 0;
  /** Why it broke off; 0 while it has not. */
  rstCode: number = errorCode.NO_ERROR;
  /** Octets that the peer would still take. */
  sendWindow = 0;
  unsent: Unsent | null = null;
  /** Whether END_STREAM, or RST_STREAM, has gone out and come in. */
  localEnded: boolean;
  remoteEnded = false;
  /** Octets of which the peer may still send so many, and how far that is to be raised next time. */
  receiveWindow: number;
  windowGoal: number;
  /** The head of the answer has come. */
  answered = false;
  /** Octets of the body that were announced and have not come; null when nothing was announced. */
  bodyLeft: number | null = null;
  readonly isHead: boolean;
  readonly #host: StreamHost;

  constructor(host: StreamHost, window: number, isHead: boolean, endStream: boolean) {
    const sides = {
      writable: !endStream,
      readableHighWaterMark: BUFFER_BYTES,
      writableHighWaterMark: BUFFER_BYTES,
    };
    super(sides);
    this.#host = host;
    this.isHead = isHead;
    this.localEnded = endStream;
    this.receiveWindow = window;
    this.windowGoal = window;
  }

  cancel(): void {
    this.reset(this.localEnded ? errorCode.CANCEL : errorCode.INTERNAL_ERROR);
  }

  /** RST_STREAM with that code. */
  reset(code: number): void {
    if (this.destroyed) return;
    if (this.rstCode === errorCode.NO_ERROR) this.rstCode = code;
    this.destroy();
  }

  override end(...parameters: unknown[]): this {
    const [body] = parameters;
    if (
      parameters.length === 1 &&
      Buffer.isBuffer(body) &&
      this.writableLength === 0 &&
      !this.localEnded &&
      this.#host.sendWhole(this, body)
    ) {
      return super.end();
    }
    return super.end(...(parameters as Parameters<Duplex['end']>));
  }

  override _write(chunk: Buffer, _encoding: string, done: Unsent['done']): void {
    if (this.localEnded) {
      done();
      return;
    }
    this.unsent = { bytes: chunk, at: 0, done };
    this.#host.send(this);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.localEnded) this.#host.end(this);
    done();
  }

  override _read(): void {
    this.#host.consumed(this);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#host.leave(this);
    const { unsent } = this;
    this.unsent = null;
    unsent?.done(error);
    done(error);
  }
}
