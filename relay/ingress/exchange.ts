import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { ErrorCode } from '../../common/errors/codes.ts';
import { header } from '../../common/tunnel/protocol.ts';
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
  /** Asks a client that waits for it (`Expect: 100-continue`) to send the body. */
  wantBody(): void;
  /** Passes an interim answer on (RFC 9110 §15.2) where the client's protocol has it. */
  inform(status: number, headers: IncomingHttpHeaders): void;
  /** Gives the relay's own answer; `retryAfterMs` says when another try may help. */
  refuse(status: number, code: ErrorCode, retryAfterMs?: number): void;
  /** Answers 200 without a body: WeCom need not send the callback again. */
  accept(): void;
  /** Breaks the connection (h2: resets the stream) without an answer, so that WeCom sends the callback again. */
  drop(reason: string): void;
  /** Breaks an answer that has begun and cannot be completed: the client must not take it for a whole one. */
  breakOff(): void;
}

export interface ExchangeParts {
  readonly metrics: Metrics;
  readonly passage: Passage;
  /** The client waits for a 100 before it sends the body. */
  readonly awaitsContinue: boolean;
  /** Value of `Strict-Transport-Security` (RFC 6797); null leaves it out. */
  readonly hsts: string | null;
}

export function createExchange(
  head: RequestHead,
  request: PublicRequest,
  response: PublicResponse,
  { metrics, passage, awaitsContinue, hsts }: ExchangeParts,
): Exchange {
  const started = performance.now();
  const stream = 'stream' in response ? response.stream : null;
  let begun = false;
  let closed = false;
  let continued = !awaitsContinue;
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
  /** Sends a whole answer of the relay's own. */
  const own = (status: number, headers: Readonly<Record<string, string>>, body: string): void => {
    const all = hsts === null ? headers : { ...headers, [HSTS]: hsts };
    const unread = !request.complete;
    if (stream === null) {
      // What is left of the body would be read as the next request otherwise, or read for nothing.
      if (unread) (response as ServerResponse).shouldKeepAlive = false;
      (response as ServerResponse).writeHead(status, all);
    } else {
      (response as Http2ServerResponse).writeHead(status, all);
      // RFC 9113 §8.1: the answer is complete, the rest of the request is not wanted.
      if (unread) response.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
    }
    if (head.method === 'HEAD') response.end();
    else response.end(body);
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
      if (hsts !== null) headers[HSTS] = hsts;
      if (stream === null) (response as ServerResponse).writeHead(status, headers);
      else (response as Http2ServerResponse).writeHead(status, headers);
      record(status, source);
    },
    wantBody: () => {
      if (continued || closed || begun) return;
      continued = true;
      (response as ServerResponse).writeContinue();
    },
    inform: (status, headers) => {
      if (closed || begun) return;
      if (stream !== null) stream.additionalHeaders({ ':status': status, ...headers });
      // An HTTP/1.0 client knows no interim answers.
      else if (request.httpVersionMinor > 0) inform(response as ServerResponse, status, headers);
    },
    refuse: (status, code, retryAfterMs) => {
      if (closed || begun) return;
      const answer = ownAnswer(status, code, { headers: head.headers, trace: head.trace });
      record(status, 'relay', code);
      const retry =
        retryAfterMs === undefined
          ? {}
          : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
      own(status, { ...answer.headers, ...retry }, answer.body);
    },
    accept: () => {
      if (closed || begun) return;
      record(200, 'relay');
      own(200, acceptHeaders(head.trace), '');
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

const HSTS = 'strict-transport-security';

function acceptHeaders(trace: string): Record<string, string> {
  return {
    'content-type': 'text/plain',
    'content-length': '0',
    'cache-control': 'no-store',
    [header.source]: 'relay',
    [header.trace]: trace,
  };
}

/** RFC 8297 and RFC 2518 §10.1 are the ones that node:http can write. */
function inform(response: ServerResponse, status: number, headers: IncomingHttpHeaders): void {
  const { link } = headers;
  if (status === 103 && link !== undefined) response.writeEarlyHints({ link });
  else if (status === 102) response.writeProcessing();
}
