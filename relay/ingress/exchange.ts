import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import {
  constants,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Logger } from '../../common/domain/log.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import { header } from '../../common/tunnel/protocol.ts';
import type { Metrics } from '../metrics.ts';
import { resetStream } from '../reset.ts';
import { ownAnswer } from './answer.ts';
import { Deadline } from './deadline.ts';
import type { Answerer, Passage } from './passage.ts';
import type { RequestHead } from './request-head.ts';

export type PublicRequest = IncomingMessage | Http2ServerRequest;
export type PublicResponse = ServerResponse | Http2ServerResponse;

export interface ExchangeParts {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly passage: Passage;
  /** The client waits for a 100 before it sends the body. */
  readonly awaitsContinue: boolean;
  /** Value of `Strict-Transport-Security` (RFC 6797); null leaves it out. */
  readonly hsts: string | null;
  /** How long a client may take nothing of a whole answer, milliseconds. */
  readonly stallMs: number;
}

/** A public request and the one answer it gets, the same for HTTP/1.1 and HTTP/2. */
export class Exchange {
  readonly head: RequestHead;
  readonly request: PublicRequest;
  readonly response: PublicResponse;
  readonly passage: Passage;
  /** The client has gone, or the answer is complete. */
  over = false;
  readonly #parts: ExchangeParts;
  readonly #started = performance.now();
  readonly #stream: ServerHttp2Stream | null;
  #begun = false;
  #continued: boolean;
  #goneListeners: (() => void)[] | null = null;
  #deadline: Deadline | null = null;
  #stall: NodeJS.Timeout | undefined;

  constructor(
    head: RequestHead,
    request: PublicRequest,
    response: PublicResponse,
    parts: ExchangeParts,
  ) {
    this.head = head;
    this.request = request;
    this.response = response;
    this.passage = parts.passage;
    this.#parts = parts;
    this.#stream = 'stream' in response ? response.stream : null;
    this.#continued = !parts.awaitsContinue;
    response.on('close', () => this.#close());
    this.#stream?.on('aborted', leave);
    request.on('error', ignore);
    response.on('error', ignore);
  }

  /** Starts the time that the request has; a fixed one counts from now whatever happens. */
  startDeadline(ms: number, isFixed: boolean): Deadline {
    return (this.#deadline = new Deadline(ms, isFixed, this));
  }

  /**
   * The last of the answer was handed over. The deadline looks whether it was taken as well, so that an answer which is taken at
   * once needs no timer of its own.
   */
  ended(): void {
    if (this.#deadline === null || this.#deadline.expired) this.overdue();
  }

  /** A client that still takes nothing of an answer that is whole, by the size of its windows for instance, is given up. */
  overdue(): void {
    if (this.over || !this.response.writableEnded) return;
    this.#stall ??= setTimeout(() => this.breakOff(), this.#parts.stallMs);
  }

  /** Whether the request's body ended as its framing says, now that its stream has. */
  isWhole(): boolean {
    const { request } = this;
    return (
      request.complete && !request.aborted && (this.#stream === null || this.#stream.rstCode === 0)
    );
  }

  /** Calls back once when the client goes before its answer is complete. */
  onGone(listener: () => void): void {
    if (this.over) listener();
    else (this.#goneListeners ??= []).push(listener);
  }

  /** Writes the head of a tunnel's answer. Throws when it cannot be written. */
  begin(status: number, headers: OutgoingHttpHeaders, source: Answerer): void {
    const { hsts } = this.#parts;
    if (hsts !== null) headers[HSTS] = hsts;
    if (this.#stream === null) (this.response as ServerResponse).writeHead(status, headers);
    else (this.response as Http2ServerResponse).writeHead(status, headers);
    this.#record(status, source, null);
  }

  /** Asks a client that waits for it (`Expect: 100-continue`) to send the body. */
  wantBody(): void {
    if (this.#continued || this.over || this.#begun || this.#stream?.closed === true) return;
    this.#continued = true;
    (this.response as ServerResponse).writeContinue();
  }

  /** Passes an interim answer on (RFC 9110 §15.2) where the client's protocol has it. */
  inform(status: number, headers: IncomingHttpHeaders): void {
    if (this.over || this.#begun) return;
    try {
      if (this.#stream !== null) this.#stream.additionalHeaders({ ':status': status, ...headers });
      // An HTTP/1.0 client knows no interim answers.
      else if (this.request.httpVersionMinor > 0) {
        inform(this.response as ServerResponse, status, headers);
      }
    } catch {
      // It is only advice, and no other request of the session may suffer for what this client or its origin has wrong.
    }
  }

  /** Gives the relay's own answer; `retryAfterMs` says when another try may help. */
  refuse(status: number, code: ErrorCode, retryAfterMs?: number): void {
    if (this.over || this.#begun) return;
    const { head } = this;
    const answer = ownAnswer(status, code, { headers: head.headers, trace: head.trace });
    this.#record(status, 'relay', code);
    const retry =
      retryAfterMs === undefined
        ? {}
        : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
    this.#own(status, { ...answer.headers, ...retry }, answer.body);
  }

  /** Answers 200 without a body: WeCom need not send the callback again. */
  accept(): void {
    if (this.over || this.#begun) return;
    this.#record(200, 'relay', null);
    this.#own(200, acceptHeaders(this.head.trace), '');
  }

  /** Breaks the connection (h2: resets the stream) without an answer, so that WeCom sends the callback again. */
  drop(reason: string): void {
    if (this.over || this.#begun) return;
    this.#begun = true;
    this.passage.dropped(reason);
    this.#parts.metrics.dropped.inc({ reason });
    this.breakOff();
  }

  /** Breaks an answer that has begun and cannot be completed: the client must not take it for a whole one. */
  breakOff(): void {
    if (this.#stream === null) this.request.socket.destroy();
    else resetStream(this.#stream);
  }

  /** Something was thrown that nobody expected. */
  fail(err: unknown): void {
    this.#parts.log.error({ err, trace: this.head.trace }, 'request failed');
    if (this.#begun) this.breakOff();
    else if (this.head.isCallback) this.drop('internal');
    else this.refuse(500, 'INTERNAL');
  }

  #close(): void {
    this.over = true;
    this.#deadline?.stop();
    clearTimeout(this.#stall);
    // `finish` means that everything was handed to the socket; anything less is a client that left.
    if (!this.response.writableFinished && this.#goneListeners !== null) {
      for (const listener of this.#goneListeners) listener();
    }
    this.#goneListeners = null;
    this.passage.ended();
  }

  #record(status: number, source: Answerer, reason: string | null): void {
    this.#begun = true;
    this.passage.answered(status, source, reason);
    const { metrics } = this.#parts;
    metrics.requests.inc({ code: status, source });
    metrics.duration.observe({ source }, (performance.now() - this.#started) / 1000);
  }

  /** Sends a whole answer of the relay's own. */
  #own(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    const { hsts } = this.#parts;
    const stream = this.#stream;
    const all = hsts === null ? headers : { ...headers, [HSTS]: hsts };
    const unread = !this.request.complete;
    // Nothing can be written to a stream that was reset, and trying throws.
    if (stream?.closed === true) return;
    if (stream === null) {
      // What is left of the body would be read as the next request otherwise, or read for nothing.
      if (unread) (this.response as ServerResponse).shouldKeepAlive = false;
      (this.response as ServerResponse).writeHead(status, all);
    } else {
      (this.response as Http2ServerResponse).writeHead(status, all);
      // RFC 9113 §8.1: the answer is complete, the rest of the request is not wanted.
      if (unread) this.response.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
    }
    if (this.head.method === 'HEAD') this.response.end();
    else this.response.end(body);
    this.ended();
  }
}

/**
 * A client that resets its stream with NO_ERROR has gone as any other: node:http2 would wait until the body was read, which it is
 * not while the tunnel holds it back.
 */
function leave(this: ServerHttp2Stream): void {
  this.destroy();
}

function ignore(): void {
  // `close` says what there is to know.
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
  // node:http takes one link a text; several come as one value (RFC 8288 §3).
  if (status === 103 && link !== undefined) {
    const links = typeof link === 'string' ? link.split(/,\s*(?=<)/) : link;
    response.writeEarlyHints({ link: links });
  } else if (status === 102) response.writeProcessing();
}
