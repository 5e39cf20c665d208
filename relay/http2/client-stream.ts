import type { IncomingHttpHeaders } from 'node:http2';
import { Duplex } from 'node:stream';
import { errorCode } from '../../common/http2/errors.ts';
import type { Receiver, RequestStream, ResponseHead } from './request-stream.ts';

export interface ClientStreamEvents {
  /** An interim answer (RFC 9110 §15.2). */
  headers: [fields: ResponseHead];
  response: [fields: ResponseHead];
  trailers: [fields: IncomingHttpHeaders];
}

/** A request and its answer as a stream of Node's. `close` comes always, `end` only after a whole answer. */
export type ClientStream = TypedEvents &
  Duplex & {
    /** Why it broke off (RFC 9113 §7); 0 while it has not. */
    readonly rstCode: number;
    /** See {@link RequestStream.cancel}. */
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

/** Opens a stream with `open` and gives it this form. */
export function asClientStream(
  open: (receiver: Receiver) => RequestStream,
  endStream: boolean,
): ClientStream {
  return new StreamDuplex(open, endStream);
}

class StreamDuplex extends Duplex implements Receiver {
  readonly #stream: RequestStream;
  #written: ((error?: Error | null) => void) | null = null;

  constructor(open: (receiver: Receiver) => RequestStream, endStream: boolean) {
    const sides = {
      writable: !endStream,
      readableHighWaterMark: BUFFER_BYTES,
      writableHighWaterMark: BUFFER_BYTES,
    };
    super(sides);
    this.#stream = open(this);
  }

  get rstCode(): number {
    return this.#stream.rstCode;
  }

  cancel(): void {
    this.#stream.cancel();
    // Its answer was whole, but nobody is to read the rest of it.
    this.destroy();
  }

  onInterim(fields: ResponseHead): void {
    this.emit('headers', fields);
  }

  onHead(fields: ResponseHead): void {
    this.emit('response', fields);
  }

  onData(piece: Buffer): void {
    if (!this.push(piece)) this.#stream.pause();
  }

  onLull(): void {
    // Nothing is held back.
  }

  onTrailers(fields: IncomingHttpHeaders): void {
    this.emit('trailers', fields);
  }

  onEnd(): void {
    this.push(null);
  }

  onDrain(): void {
    const written = this.#written;
    this.#written = null;
    written?.();
  }

  onClose(): void {
    // After a whole exchange it closes by itself, once it was read.
    if (this.#stream.rstCode !== errorCode.NO_ERROR) this.destroy();
    this.onDrain();
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _encoding: string, written: () => void): void {
    if (this.#stream.write(chunk)) written();
    else this.#written = written;
  }

  override _final(done: () => void): void {
    this.#stream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#stream.closed) this.#stream.cancel();
    done(error);
  }
}
