import type { OutgoingHttpHeaders } from 'node:http2';
import { Duplex } from 'node:stream';
import { errorCode } from '../../../common/http2/errors.ts';
import type { Fields } from '../../../common/http2/fields.ts';
import type { Receiver } from '../../../common/http2/stream.ts';
import type { TunnelDuplex } from '../../../gateway/types.ts';

/** The stream that a duplex is made of. */
export interface DuplexSource {
  readonly endAfterHeaders: boolean;
  readonly headersSent: boolean;
  readonly localEnded: boolean;
  readonly closed: boolean;
  readonly rstCode: number;
  respond(fields: OutgoingHttpHeaders, endStream: boolean): boolean;
  write(bytes: Buffer): boolean;
  end(): void;
  pause(): void;
  resume(): void;
  cancel(): void;
  close(code: number): void;
}

const BUFFER_BYTES = 64 * 1024;

/** `trailers` is emitted before the `end` of a request that has some. `close` comes always, `end` only behind a whole request. */
export class ServerDuplex extends Duplex implements TunnelDuplex, Receiver<Buffer> {
  readonly #source: DuplexSource;
  #written: ((error?: Error | null) => void) | null = null;
  #isWhole = false;
  #finished: ((error?: Error | null) => void) | null = null;

  constructor(source: DuplexSource) {
    super({ readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES });
    this.#source = source;
  }

  get endAfterHeaders(): boolean {
    return this.#source.endAfterHeaders;
  }

  get headersSent(): boolean {
    return this.#source.headersSent;
  }

  get rstCode(): number {
    return this.#source.rstCode;
  }

  respond(
    fields: OutgoingHttpHeaders = {},
    { endStream = false }: { readonly endStream?: boolean } = {},
  ): void {
    this.#source.respond(fields, endStream);
    if (endStream) this.end();
  }

  close(code: number = errorCode.NO_ERROR): void {
    // In good order: what was written goes first.
    const isOrderly = code === errorCode.NO_ERROR && this.headersSent && !this.#source.localEnded;
    if (isOrderly) this.end(() => this.#source.close(code));
    else this.#source.close(code);
  }

  onData(piece: Buffer): void {
    if (!this.push(piece)) this.#source.pause();
  }

  onLull(): void {
    // Nothing is held back.
  }

  onTrailers(fields: Fields): void {
    this.emit('trailers', fields);
  }

  onEnd(): void {
    this.#isWhole = true;
    this.push(null);
  }

  onDrain(): void {
    const written = this.#written;
    this.#written = null;
    written?.();
  }

  /** Everything was sent. */
  onSent(): void {
    const finished = this.#finished;
    this.#finished = null;
    finished?.();
  }

  onClose(): void {
    this.onSent();
    // After a whole exchange it closes by itself, once it was read.
    if (!this.#isWhole || this.#source.rstCode !== errorCode.NO_ERROR) this.destroy();
    this.onDrain();
  }

  /** Nobody needs the rest of the request. */
  leaveUnread(): void {
    if (this.readableFlowing !== true) this.resume();
  }

  override _read(): void {
    this.#source.resume();
  }

  override _write(chunk: Buffer, _encoding: string, written: () => void): void {
    if (!this.#source.headersSent) this.#source.respond({}, false);
    if (this.#source.write(chunk)) written();
    else this.#written = written;
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#source.headersSent) this.#source.respond({}, false);
    this.#source.end();
    if (this.#source.localEnded || this.#source.closed) done();
    else this.#finished = done;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#source.closed) this.#source.cancel();
    done(error);
  }
}
