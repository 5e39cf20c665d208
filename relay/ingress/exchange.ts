import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { ErrorCode } from '../../common/errors/codes.ts';
import type { Metrics } from '../metrics.ts';
import { resetStream } from '../reset.ts';
import { ownAnswer } from './answer.ts';
import type { Passage } from './passage.ts';
import type { RequestHead } from './request-head.ts';

export type PublicRequest = IncomingMessage | Http2ServerRequest;
export type PublicResponse = ServerResponse | Http2ServerResponse;

/** A public request and the one answer it gets, the same for HTTP/1.1 and HTTP/2. */
export interface Exchange {
  readonly head: RequestHead;
  readonly request: PublicRequest;
  readonly response: PublicResponse;
  readonly passage: Passage;
  /** The client has gone, or the answer is complete. */
  readonly over: boolean;
  /** Whether the request's body ended as its framing says, now that its stream has. */
  isWhole(): boolean;
  /** Calls back once when the client goes before its answer is complete. */
  onGone(listener: () => void): void;
  /** Writes the head of a tunnel's answer. Throws when it cannot be written. */
  begin(status: number, headers: OutgoingHttpHeaders, source: string): void;
  /** Gives the relay's own answer. */
  refuse(status: number, code: ErrorCode): void;
  /** Breaks the connection (h2: resets the stream) without an answer, so that WeCom sends the callback again. */
  drop(reason: string): void;
  /** Breaks an answer that has begun and cannot be completed: the client must not take it for a whole one. */
  breakOff(): void;
}

export function createExchange(
  head: RequestHead,
  request: PublicRequest,
  response: PublicResponse,
  metrics: Metrics,
  passage: Passage,
): Exchange {
  const started = performance.now();
  const stream = 'stream' in response ? response.stream : null;
  let begun = false;
  let closed = false;
  const goneListeners: (() => void)[] = [];

  response.on('close', () => {
    closed = true;
    // `finish` means that everything was handed to the socket; anything less is a client that left.
    if (!response.writableFinished) for (const listener of goneListeners) listener();
    goneListeners.length = 0;
    passage.ended();
  });
  request.on('error', () => undefined);
  response.on('error', () => undefined);

  const record = (status: number, source: string, reason: string | null = null): void => {
    begun = true;
    passage.answered(status, source, reason);
    metrics.requests.inc({ code: String(status), source });
    metrics.duration.observe({ source }, (performance.now() - started) / 1000);
  };
  const reset = (): void => {
    if (stream === null) request.socket.destroy();
    else resetStream(stream);
  };

  return {
    head,
    request,
    response,
    passage,
    get over() {
      return closed;
    },
    isWhole: () =>
      request.complete && !request.aborted && (stream === null || stream.rstCode === 0),
    onGone: (listener) => {
      if (closed) listener();
      else goneListeners.push(listener);
    },
    begin: (status, headers, source) => {
      if (stream === null) (response as ServerResponse).writeHead(status, headers);
      else (response as Http2ServerResponse).writeHead(status, headers);
      record(status, source);
    },
    refuse: (status, code) => {
      if (closed || begun) return;
      const answer = ownAnswer(status, code, { headers: head.headers, trace: head.trace });
      record(status, 'relay', code);
      const unread = !request.complete;
      if (stream === null) {
        // What is left of the body would be read as the next request otherwise, or read for nothing.
        if (unread) (response as ServerResponse).shouldKeepAlive = false;
        (response as ServerResponse).writeHead(status, answer.headers);
      } else {
        (response as Http2ServerResponse).writeHead(status, answer.headers);
        // RFC 9113 §8.1: the answer is complete, the rest of the request is not wanted.
        if (unread) response.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
      }
      if (head.method === 'HEAD') response.end();
      else response.end(answer.body);
    },
    drop: (reason) => {
      if (closed || begun) return;
      begun = true;
      passage.dropped(reason);
      metrics.dropped.inc({ reason });
      reset();
    },
    breakOff: reset,
  };
}
