import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** How a POST was answered. */
export interface Exchanged {
  readonly status: number;
  readonly header: (name: string) => string;
  /** The whole body; null where it was too long, and the connection is gone then. */
  readonly body: Buffer | null;
  /** The body as it comes, where {@link ExchangeOptions.streams} said so; it has to be read or destroyed. */
  readonly stream: Readable | null;
}

export interface ExchangeOptions {
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string;
  /** Longest body that is collected, bytes. */
  readonly limit: (status: number) => number;
  /** Whether the body is to be handed on as a stream; asked once, with status and content type. */
  readonly streams: (status: number, contentType: string) => boolean;
  /** Till the whole body is there, or a stream's head, milliseconds. */
  readonly timeoutMs: number;
  /** Till a stream's end, milliseconds. */
  readonly streamTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** What an exchange ends with that took too long. */
export class DeadlineError extends Error {}

/**
 * One POST over undici's lowest layer. The usual `request` makes a stream, two signals and several promises for each answer,
 * which costs more than the answer itself. Rejects with {@link DeadlineError}, the signal's reason or undici's error.
 */
export function exchange(pool: Dispatcher, options: ExchangeOptions): Promise<Exchanged> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(asError(signal.reason));
      return;
    }
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let headers: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2] = {};
    let stream: Readable | null = null;
    const chunks: Buffer[] = [];
    let size = 0;
    const header = (name: string): string => String(headers[name] ?? '');

    let givenUp: Error | null = null;
    const giveUp = (error: Error): void => {
      givenUp = error;
      finish();
      stream?.destroy(error);
      reject(error);
      controller?.abort(error);
    };
    const expire = (): void => giveUp(new DeadlineError('no answer in time'));
    let timer = setTimeout(expire, options.timeoutMs);
    const unsubscribe = onAbort(signal, () => giveUp(asError(signal.reason)));
    const finish = (): void => {
      clearTimeout(timer);
      unsubscribe();
    };
    const done = (body: Buffer | null): void => {
      finish();
      resolve({ status, header, body, stream: null });
    };

    pool.dispatch(
      { method: 'POST', path: options.path, headers: options.headers, body: options.body },
      {
        onRequestStart(started) {
          controller = started;
          // It may have waited for a connection until nobody wanted it any more.
          if (givenUp !== null) started.abort(givenUp);
        },
        onResponseStart(started, statusCode, received) {
          if (statusCode < 200) return;
          status = statusCode;
          headers = received;
          if (!options.streams(status, header('content-type'))) return;
          // From here on the answer has the time that a stream has, and not a message's.
          clearTimeout(timer);
          timer = setTimeout(expire, options.streamTimeoutMs);
          stream = new Readable({
            read: () => started.resume(),
            destroy(error, callback) {
              finish();
              if (!this.readableEnded) started.abort(error ?? new Error('not read to its end'));
              callback(error);
            },
          });
          // Whoever reads it is told; a stream that is dropped unread must not end the program.
          stream.on('error', () => undefined);
          resolve({ status, header, body: null, stream });
        },
        onResponseData(started, chunk) {
          if (stream !== null) {
            if (!stream.push(chunk)) started.pause();
            return;
          }
          size += chunk.length;
          if (size <= options.limit(status)) {
            chunks.push(chunk);
            return;
          }
          done(null);
          started.abort(new Error('answer too long'));
        },
        onResponseEnd() {
          if (stream !== null) {
            stream.push(null);
            return;
          }
          const [only] = chunks;
          done(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
        },
        onResponseError(_controller, error) {
          finish();
          stream?.destroy(error);
          reject(error);
        },
      },
    );
  });
}

const listening = new WeakMap<AbortSignal, Set<() => void>>();

/** One listener for all: an event target looks through its whole list whenever one comes or goes. */
function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let listeners = listening.get(signal);
  if (listeners === undefined) {
    const fresh = new Set<() => void>();
    signal.addEventListener(
      'abort',
      () => {
        for (const each of [...fresh]) each();
      },
      { once: true },
    );
    listening.set(signal, fresh);
    listeners = fresh;
  }
  const among = listeners;
  among.add(listener);
  return () => void among.delete(listener);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('given up');
}
