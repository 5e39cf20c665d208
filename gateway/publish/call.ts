import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** A request to one target. */
export interface Call {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Readable | null;
}

export type ReceivedFields = Parameters<
  NonNullable<Dispatcher.DispatchHandler['onResponseStart']>
>[2];

/** Where a response's body goes: a stream of Node's, or less. */
export interface Sink {
  /** False asks to wait for `drain`. */
  write(piece: Buffer): boolean;
  once(event: 'drain', listener: () => void): unknown;
  end(): unknown;
}

export interface CallOptions {
  /** Till the response's head, milliseconds. */
  readonly timeoutMs: number;
  /** Calls back once the client has gone. */
  readonly onGone: (listener: () => void) => void;
  /** Where the response's body goes, null for nowhere. Called once. */
  readonly onHead: (status: number, fields: ReceivedFields) => Sink | null;
}

/** No head came in time. */
export class LateError extends Error {}
/** The client has gone. */
export class GoneError extends Error {}

/**
 * Sends a request over undici's lowest layer and hands the response on as it comes, no faster than it is taken. Resolves with
 * the status when all of it has come. Rejects with {@link LateError}, {@link GoneError} or undici's error.
 */
export function call(pool: Dispatcher, request: Call, options: CallOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const passage = new Passage(options, resolve, reject);
    options.onGone(() => passage.leave());
    pool.dispatch(request, passage);
  });
}

/** One object for all that undici tells of a response: closures would be made anew for each. */
class Passage implements Dispatcher.DispatchHandler {
  readonly #options: CallOptions;
  readonly #resolve: (status: number) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #sink: Sink | null = null;
  #givenUp: Error | null = null;
  #isOver = false;

  constructor(
    options: CallOptions,
    resolve: (status: number) => void,
    reject: (error: Error) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(expire, options.timeoutMs, this);
  }

  expire(): void {
    this.#giveUp(new LateError('no answer in time'));
  }

  leave(): void {
    if (!this.#isOver) this.#giveUp(new GoneError('the client has gone'));
  }

  onRequestStart(started: Dispatcher.DispatchController): void {
    this.#controller = started;
    // It may have waited for a connection until nobody wanted it any more.
    if (this.#givenUp !== null) started.abort(this.#givenUp);
  }

  onResponseStart(
    started: Dispatcher.DispatchController,
    status: number,
    fields: ReceivedFields,
  ): void {
    if (status < 200 || this.#givenUp !== null) return;
    clearTimeout(this.#timer);
    this.#status = status;
    try {
      this.#sink = this.#options.onHead(status, fields);
    } catch (error) {
      started.abort(error instanceof Error ? error : new Error('head not taken'));
    }
  }

  onResponseData(started: Dispatcher.DispatchController, piece: Buffer): void {
    const sink = this.#sink;
    if (sink === null || sink.write(piece)) return;
    started.pause();
    sink.once('drain', () => started.resume());
  }

  onResponseEnd(): void {
    this.#finish();
    this.#sink?.end();
    this.#resolve(this.#status);
  }

  onResponseError(_started: unknown, error: Error): void {
    this.#finish();
    this.#reject(this.#givenUp ?? error);
  }

  #giveUp(error: Error): void {
    if (this.#givenUp !== null) return;
    this.#givenUp = error;
    this.#controller?.abort(error);
  }

  #finish(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

function expire(passage: Passage): void {
  passage.expire();
}
