import type { Readable, Writable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { TunnelDuplex } from '../types.ts';

/** A request to one target. */
export interface Call {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Readable | null;
  /** Till the response's head, milliseconds. */
  readonly timeoutMs: number;
}

export type ReceivedFields = Parameters<
  NonNullable<Dispatcher.DispatchHandler['onResponseStart']>
>[2];

/** No head came in time. */
export class LateError extends Error {}
/** The client has gone. */
export class GoneError extends Error {}

/**
 * Sends a request over undici's lowest layer and hands the response on as it comes, no faster than it is taken: `onHead` says
 * where its body goes, null for nowhere. Resolves with the status when all of it has come. Rejects with {@link LateError},
 * {@link GoneError} or undici's error.
 */
export function call(
  pool: Dispatcher,
  { timeoutMs, ...request }: Call,
  stream: TunnelDuplex,
  onHead: (status: number, fields: ReceivedFields) => Writable | null,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let status = 0;
    let sink: Writable | null = null;
    let givenUp: Error | null = null;
    const giveUp = (error: Error): void => {
      if (givenUp !== null) return;
      givenUp = error;
      controller?.abort(error);
    };
    const timer = setTimeout(() => giveUp(new LateError('no answer in time')), timeoutMs);
    const leave = (): void => giveUp(new GoneError('the client has gone'));
    const finish = (): void => {
      clearTimeout(timer);
      stream.removeListener('close', leave);
    };
    stream.once('close', leave);
    pool.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        // It may have waited for a connection until nobody wanted it any more.
        if (givenUp !== null) started.abort(givenUp);
      },
      onResponseStart(started, statusCode, fields) {
        if (statusCode < 200 || givenUp !== null) return;
        clearTimeout(timer);
        status = statusCode;
        try {
          sink = onHead(statusCode, fields);
        } catch (error) {
          started.abort(error instanceof Error ? error : new Error('head not taken'));
        }
      },
      onResponseData(started, chunk) {
        if (sink === null || sink.write(chunk)) return;
        started.pause();
        sink.once('drain', () => started.resume());
      },
      onResponseEnd() {
        finish();
        sink?.end();
        resolve(status);
      },
      onResponseError(_started, error) {
        finish();
        reject(givenUp ?? error);
      },
    });
  });
}
