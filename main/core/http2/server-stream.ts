import type { OutgoingHttpHeaders } from 'node:http2';
import { errorCode } from '../../../common/http2/errors.ts';
import { listFields, type FieldList } from '../../../common/http2/field-list.ts';
import { Stream, type Receiver, type StreamHost } from '../../../common/http2/stream.ts';
import type { TunnelDuplex, TunnelOutlet, TunnelStream } from '../../../gateway/types.ts';
import { BodyReader } from './body-reader.ts';
import { ServerDuplex } from './server-duplex.ts';
import { ServerOutlet } from './server-outlet.ts';

/** What a stream needs of its session. */
export interface ServerHost extends StreamHost<Buffer> {
  readonly sendHead: (streamId: number, fields: FieldList, endStream: boolean) => void;
  /** Our side has ended. */
  readonly sentAll: (stream: ServerStream) => void;
}

export interface RequestParts {
  readonly id: number;
  readonly method: string;
  /** Nothing comes behind the head. */
  readonly endStream: boolean;
  /** Octets of the body that the head announces; null where it does not. */
  readonly bodyLength: number | null;
  /** Window for what comes, octets. */
  readonly window: number;
}

const nobody: Receiver<Buffer> = {
  onData: () => undefined,
  onLull: () => undefined,
  onTrailers: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

/** A request of the peer's and our answer to it. What comes waits until somebody reads it. */
export class ServerStream extends Stream<Buffer> implements TunnelStream {
  readonly endAfterHeaders: boolean;
  readonly method: string;
  headersSent = false;
  readonly #host: ServerHost;
  readonly #listeners: (() => void)[] = [];
  #duplex: ServerDuplex | null = null;
  /** Once the answer has gone, nothing of the request is wanted that has not come. */
  #isAnswered = false;

  constructor(host: ServerHost, parts: RequestParts) {
    super(host, nobody, { window: parts.window, endStream: false });
    this.#host = host;
    this.id = parts.id;
    this.method = parts.method;
    this.bodyLeft = parts.bodyLength;
    this.endAfterHeaders = parts.endStream;
    this.remoteEnded = parts.endStream;
    this.pause();
  }

  readBody(limit: number, idleMs: number): Promise<Buffer | null> {
    if (this.endAfterHeaders) return Promise.resolve(Buffer.alloc(0));
    if (this.closed) return Promise.reject(new Error('the request broke off'));
    const reader = new BodyReader(this, limit, idleMs);
    this.receive(reader);
    this.resume();
    return reader.whole;
  }

  answer(fields: OutgoingHttpHeaders, body: string | Buffer): void {
    if (this.closed || this.headersSent) return;
    this.#isAnswered = true;
    if (this.#duplex !== null) {
      this.#duplex.respond(fields);
      this.#duplex.end(body);
      return;
    }
    if (this.respond(fields, body.length === 0)) return;
    this.end(typeof body === 'string' ? Buffer.from(body) : body);
  }

  /** Sends the head of the answer; true when nothing may follow it. Throws `TypeError` for fields that cannot be sent. */
  respond(fields: OutgoingHttpHeaders, endStream: boolean): boolean {
    if (this.closed || this.headersSent) return true;
    const status = fields[':status'] ?? 200;
    const list = listFields(fields);
    const isEnd = endStream || isBodiless(this.method, Number(status));
    this.headersSent = true;
    this.endWanted = isEnd;
    const head = fields[':status'] === undefined ? [':status', '200', ...list] : list;
    this.#host.sendHead(this.id, head, isEnd);
    if (isEnd) {
      this.localEnd();
      this.#host.sentAll(this);
    }
    return isEnd;
  }

  outlet(): TunnelOutlet {
    if (this.#duplex !== null) return this.#duplex;
    this.#isAnswered = true;
    const outlet = new ServerOutlet(this);
    this.receive(outlet);
    return outlet;
  }

  close(code: number): void {
    this.reset(code);
  }

  /** Breaks it off so that nobody takes what there is of the answer for the whole. */
  override cancel(): void {
    this.reset(this.localEnded ? errorCode.NO_ERROR : errorCode.INTERNAL_ERROR);
  }

  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.#listeners.push(listener);
  }

  duplex(): TunnelDuplex {
    if (this.#duplex === null) {
      this.#duplex = new ServerDuplex(this);
      this.receive(this.#duplex);
    }
    return this.#duplex;
  }

  // What follows is called by the session.

  override localEnd(): void {
    super.localEnd();
    if (this.closed) return;
    this.#duplex?.onSent();
    if (this.#isAnswered && !this.remoteEnded) this.reset(errorCode.NO_ERROR);
    else this.#leaveUnread();
  }

  override ended(): void {
    super.ended();
    this.#leaveUnread();
  }

  protected override onClosed(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }

  /** Both sides have ended, and what was not read by now is of no use; but a tunnel's last octets are. */
  #leaveUnread(): void {
    if (this.closed || !this.localEnded || !this.remoteEnded) return;
    if (this.#duplex === null) this.resume();
    else if (this.method !== 'CONNECT') this.#duplex.leaveUnread();
  }
}

/** RFC 9110 §6.4.1: whatever is given for a body, none is sent. */
function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304;
}
