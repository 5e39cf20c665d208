import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { CODING } from '../../common/tunnel/compression.ts';
import { header } from '../../common/tunnel/protocol.ts';
import { errorCode } from '../../common/http2/errors.ts';
import type { Receiver, RequestStream, ResponseHead } from '../http2/request-stream.ts';
import type { DataSession } from '../registry/data-session.ts';
import { pumpBody } from './body.ts';
import type { Deadline } from './deadline.ts';
import type { BodyEncoder, CodedSink } from './encode.ts';
import type { Exchange } from './exchange.ts';
import type { IngressLimits } from './limits.ts';
import { tunnelHeaders } from './request-head.ts';
import { requestTrailers } from './request-trailers.ts';
import { publicFields } from './response-head.ts';

/** Who takes an answer from its head on; see {@link Receiver}. */
export interface AnswerSink {
  onData(piece: Buffer): void;
  onLull(): void;
  onTrailers(fields: IncomingHttpHeaders): void;
  onEnd(): void;
  /** Always the last. */
  onClose(): void;
}

/** An answer whose head has come. */
export interface Answer {
  readonly stream: RequestStream;
  readonly headers: ResponseHead;
  /** To be called at once. */
  readonly giveTo: (sink: AnswerSink) => void;
}

/** What became of a request on one session, until the head of its answer. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** The deadline passed. */
  | { readonly kind: 'late' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'too-slow' }
  /** The client left. */
  | { readonly kind: 'gone' }
  /**
   * No answer will come. `untouched` when the agent certainly has not looked at the request, `linkDied` when it could not
   * have answered: otherwise it was the agent that broke the request off.
   */
  | { readonly kind: 'lost'; readonly untouched: boolean; readonly linkDied: boolean };

/** A collected body, a body that is streamed (of at most so many bytes), or none. */
export type Body = Buffer | { readonly streamUpTo: number } | null;

export interface AttemptParts {
  readonly body: Body;
  readonly deadline: Deadline;
  readonly limits: IngressLimits;
  readonly encoder: BodyEncoder;
  /**
   * Called when the head takes long: it asks all sessions of the tunnel, because what silenced one may have silenced the one
   * that the request would go to next.
   */
  readonly probe: () => void;
}

/** Sends a request on a session; calls back once, with the head of its answer or with why there is none. */
export function attempt(
  exchange: Exchange,
  session: DataSession,
  parts: AttemptParts,
  done: (outcome: Outcome) => void,
): void {
  const carrier = new Carrier(exchange, session, parts, done);
  const { body, encoder } = parts;
  const isCoded = body !== null && session.takesGzip && encoder.wants(exchange.head, body);
  let stream: RequestStream;
  try {
    stream = session.open(requestHeaders(exchange.head, isCoded), body === null, carrier);
  } catch {
    carrier.settle({ kind: 'lost', untouched: true, linkDied: true });
    return;
  }
  carrier.stream = stream;
  exchange.passage.sent(session.id);
  exchange.onGone(() => carrier.abandon({ kind: 'gone' }));
  parts.deadline.onExpire(() => carrier.settle({ kind: 'late' }));
  if (body === null) return;
  if (!Buffer.isBuffer(body)) carrier.pump(body.streamUpTo, isCoded);
  else {
    const trailers = exchange.head.isCallback ? null : requestTrailers(exchange.request);
    if (isCoded) encoder.end(stream, body, trailers);
    else stream.end(body, trailers);
  }
}

/** An answer that is passed on as it comes may be coded inside the tunnel. */
function requestHeaders(head: Exchange['head'], isCoded: boolean): OutgoingHttpHeaders {
  const headers = tunnelHeaders(head);
  if (isCoded) {
    const length = headers['content-length'];
    headers[header.coding] = CODING;
    if (length !== undefined) headers[header.length] = length;
    delete headers['content-length'];
  }
  if (!head.isCallback && head.method !== 'HEAD') headers[header.acceptCoding] = 'gzip';
  return headers;
}

class Carrier implements Receiver {
  stream: RequestStream | null = null;
  readonly #exchange: Exchange;
  readonly #session: DataSession;
  readonly #parts: AttemptParts;
  readonly #done: (outcome: Outcome) => void;
  readonly #slow: NodeJS.Timeout;
  #settled = false;
  #sink: AnswerSink | null = null;
  #onDrain: (() => void) | null = null;
  #onClose: (() => void) | null = null;

  constructor(
    exchange: Exchange,
    session: DataSession,
    parts: AttemptParts,
    done: (outcome: Outcome) => void,
  ) {
    this.#exchange = exchange;
    this.#session = session;
    this.#parts = parts;
    this.#done = done;
    // A session that does not answer is destroyed by the probe, which closes the stream.
    this.#slow = setTimeout(parts.probe, parts.limits.probeAfterMs);
  }

  settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#slow);
    this.#parts.deadline.onExpire(null);
    if (outcome.kind !== 'answered') this.stream?.cancel();
    try {
      this.#done(outcome);
    } catch (error) {
      this.stream?.cancel();
      this.#exchange.fail(error);
    }
  }

  /** Ends it, whether its answer has begun or not. */
  abandon(outcome: Outcome): void {
    if (!this.#settled) this.settle(outcome);
    else this.stream?.cancel();
  }

  /** Streams the request's body. */
  pump(limit: number, isCoded: boolean): void {
    const { stream } = this;
    if (stream === null) return;
    const giveUp = (outcome: Outcome): void => {
      const wasSettled = this.#settled;
      this.abandon(outcome);
      if (wasSettled) this.#exchange.breakOff();
    };
    const coded: CodedSink | null = isCoded
      ? this.#parts.encoder.pipe(stream, () => onDrain())
      : null;
    const sink = coded ?? stream;
    const { onDrain, onClose } = pumpBody(this.#exchange, sink, limit, this.#parts.limits, {
      progress: () => {
        if (!this.#settled) this.#parts.deadline.extend();
      },
      tooLarge: () => giveUp({ kind: 'too-large' }),
      tooSlow: () => giveUp({ kind: 'too-slow' }),
    });
    this.#onDrain = coded === null ? onDrain : () => coded.onDrain();
    this.#onClose = () => {
      onClose();
      coded?.onClose();
    };
  }

  onInterim(fields: ResponseHead): void {
    const status = fields[':status'] ?? 0;
    // 100 has been said already where it was asked for.
    if (!this.#settled && status > 101) this.#exchange.inform(status, publicFields(fields));
  }

  onHead(headers: ResponseHead): void {
    const { stream } = this;
    if (stream === null || this.#settled) return;
    const spans = headers[header.timing];
    if (typeof spans === 'string') this.#exchange.passage.timed(spans);
    const giveTo = (sink: AnswerSink): void => {
      this.#sink = sink;
    };
    this.settle({ kind: 'answered', answer: { stream, headers, giveTo } });
  }

  onData(piece: Buffer): void {
    this.#sink?.onData(piece);
  }

  onLull(): void {
    this.#sink?.onLull();
  }

  onTrailers(fields: IncomingHttpHeaders): void {
    this.#sink?.onTrailers(fields);
  }

  onEnd(): void {
    this.#sink?.onEnd();
  }

  onDrain(): void {
    this.#onDrain?.();
  }

  onClose(): void {
    this.#onClose?.();
    if (this.#settled) {
      this.#sink?.onClose();
      return;
    }
    // RFC 9113 §8.7: a refused stream, and one above the last of a GOAWAY, was not processed.
    const untouched = this.stream?.rstCode === errorCode.REFUSED_STREAM;
    this.settle({ kind: 'lost', untouched, linkDied: untouched || !this.#session.usable });
  }
}
