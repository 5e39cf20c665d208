import type { OutgoingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';

/**
 * A request that came through the tunnel, and the way back to it. It is read and answered in one of three ways: by `readBody` and
 * `answer`, which is what a short exchange needs; in pieces by `outlet`, where the request has no body; or as a stream of Node's
 * by `duplex`, which costs the most. Codes are those of RFC 9113 §7.
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
  /**
   * The way back for an answer in pieces, whose end takes the request for read. It is the duplex where somebody has asked for
   * that, and so goes through whatever was put before it.
   */
  outlet(): TunnelOutlet;
  /** Breaks it off. */
  close(code: number): void;
  /** Calls back once it is over, at once when it is already. */
  onClose(listener: () => void): void;
  /** The same stream as one of Node's, each time the same one. */
  duplex(): TunnelDuplex;
}

/** Takes an answer piece by piece. */
export interface TunnelOutlet {
  /** Sends the answer's head. `:status` is 200 unless it is given; `endStream` says that nothing follows. */
  respond(fields?: OutgoingHttpHeaders, options?: { readonly endStream?: boolean }): void;
  /** Sends a piece of the body; false asks to wait for `drain`. After a break it is dropped. */
  write(piece: Buffer): boolean;
  once(event: 'drain', listener: () => void): unknown;
  end(): unknown;
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
