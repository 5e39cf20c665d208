import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Answer, AnswerSink } from './attempt.ts';
import { decodeInto } from './decode.ts';
import type { Exchange } from './exchange.ts';
import type { Answerer } from './passage.ts';
import { publicFields, publicHeaders, sourceOf } from './response-head.ts';

/** Where the body of an answer comes from, and how it is held back. */
export interface BodySource {
  pause(): void;
  resume(): void;
  cancel(): void;
}

/**
 * Gives the tunnel's answer to the client as it comes, no faster than the client reads. An answer that breaks off breaks
 * the client's connection too, and so does a client that takes nothing for `stallMs`.
 */
export function deliver(exchange: Exchange, answer: Answer, stallMs: number): void {
  const { stream, headers } = answer;
  const delivery = new Delivery(exchange, headers, stallMs);
  const { source, sink, fields } = decodeInto(stream, headers, delivery);
  delivery.begin(source, fields);
  answer.giveTo(sink);
}

/** A first piece up to this waits for what came with it: head, body and end of a small answer leave in one write. */
const GATHERED_BYTES = 8 * 1024;
/** Statuses that have no body (RFC 9110 §6.4.1). */
const bodyless: ReadonlySet<number> = new Set([204, 205, 304]);

/** The client's side of an answer. */
export class Delivery implements AnswerSink {
  readonly #exchange: Exchange;
  readonly #status: number;
  readonly #source: Answerer;
  readonly #stallMs: number;
  readonly #fields: OutgoingHttpHeaders;
  #body: BodySource | null = null;
  #headSent = false;
  #early: Buffer | null = null;
  #ended = false;
  #stall: NodeJS.Timeout | undefined;
  #awaitsDrain = false;

  constructor(exchange: Exchange, headers: IncomingHttpHeaders, stallMs: number) {
    this.#exchange = exchange;
    this.#status = Number(headers[':status']);
    this.#source = sourceOf(headers);
    this.#stallMs = stallMs;
    this.#fields = publicHeaders(headers, exchange.head.trace);
  }

  /** To be called first; `fields` are those that the answer had before it was coded for the tunnel. */
  begin(body: BodySource, fields: OutgoingHttpHeaders | null): void {
    this.#body = body;
    if (fields !== null) Object.assign(this.#fields, fields);
  }

  onData(piece: Buffer): void {
    if (!this.#headSent && this.#early === null && piece.length <= GATHERED_BYTES) {
      this.#early = piece;
      return;
    }
    this.onLull();
    this.#write(piece);
  }

  /** What waited for company goes ahead: a slow body must not hold its head back. */
  onLull(): void {
    if (this.#headSent) return;
    const early = this.#early;
    this.#early = null;
    if (!this.#sendHead()) return;
    if (early !== null) this.#write(early);
    else if (!('stream' in this.#exchange.response)) this.#exchange.response.flushHeaders();
  }

  onTrailers(trailers: IncomingHttpHeaders): void {
    this.onLull();
    try {
      // HTTP/1.1 has a place for them only behind the last chunk (RFC 9112 §7.1.2); node:http leaves them out elsewhere.
      (this.#exchange.response as ServerResponse).addTrailers(publicFields(trailers));
    } catch {
      // HTTP/2 carries octets that node:http does not write; trailers may be left out (RFC 9110 §6.5.1).
    }
  }

  onEnd(): void {
    this.#ended = true;
    const { response, head } = this.#exchange;
    if (this.#headSent) {
      response.end();
      this.#exchange.ended();
      return;
    }
    const early = this.#early;
    this.#early = null;
    if (head.method !== 'HEAD' && !bodyless.has(this.#status)) {
      this.#fields['content-length'] ??= early?.length ?? 0;
    }
    if (!this.#sendHead()) return;
    // As text node:http puts it behind the head and writes both at once; a buffer would be a second write.
    if (early === null) response.end();
    else if ('stream' in response) response.end(early);
    else response.end(early.toString('latin1'), 'latin1');
    this.#exchange.ended();
  }

  onClose(): void {
    clearTimeout(this.#stall);
    if (!this.#ended) this.#exchange.breakOff();
  }

  /** False when the head cannot be written. */
  #sendHead(): boolean {
    this.#headSent = true;
    try {
      this.#exchange.begin(this.#status, this.#fields, this.#source);
      return true;
    } catch {
      this.#ended = true;
      this.#body?.cancel();
      this.#exchange.refuse(502, 'AGENT_LOST');
      return false;
    }
  }

  #write(piece: Buffer): void {
    const { response } = this.#exchange;
    // Both kinds of response have the same `write`; their union's overloads do not unify.
    if ((response as NodeJS.WritableStream).write(piece)) return;
    this.#body?.pause();
    this.#stall ??= setTimeout(() => this.#exchange.breakOff(), this.#stallMs);
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    response.on('drain', () => {
      clearTimeout(this.#stall);
      this.#stall = undefined;
      this.#body?.resume();
    });
    response.once('close', () => clearTimeout(this.#stall));
  }
}
