import type { OutgoingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';

/**
 * A request that came through the tunnel, and the way back to it. It is answered in one of two ways: by `readBody` and `answer`,
 * which is what a short exchange needs and costs little, or as a stream of Node's by `duplex`. Codes are those of RFC 9113 §7.
 */
export interface TunnelStream {
  /** Nothing comes behind the request's head. */
  readonly endAfterHeaders: boolean;
  readonly headersSent: boolean;
  /** It is over: whatever is sent goes nowhere. */
  readonly closed: boolean;
  /**
   * The request's whole body; null where it is longer than `limit` octets, and the rest stays unread then. Rejects when the
   * request breaks off, and when it keeps still for `idleMs`, which resets the stream. At most once.
   */
  readBody(limit: number, idleMs: number): Promise<Buffer | null>;
  /** Sends the whole answer. What has not come of the request by then is not wanted (RFC 9113 §8.1). */
  answer(fields: OutgoingHttpHeaders, body: string | Buffer): void;
  /** Breaks it off. */
  close(code: number): void;
  /** Calls back once it is over, at once when it is already. */
  onClose(listener: () => void): void;
  /** The same stream as one of Node's, each time the same one. */
  duplex(): TunnelDuplex;
}

/** A request's body and its answer as a stream of Node's; `ServerHttp2Stream` of node:http2 is one. */
export interface TunnelDuplex extends Duplex {
  readonly endAfterHeaders: boolean;
  readonly headersSent: boolean;
  /** Why it broke off; 0 while it has not. */
  readonly rstCode: number;
  /** Sends the answer's head. `:status` is 200 unless it is given; `endStream` says that nothing follows. */
  respond(fields?: OutgoingHttpHeaders, options?: { readonly endStream?: boolean }): void;
  /** Breaks it off; without a code in good order. */
  close(code?: number): void;
}
