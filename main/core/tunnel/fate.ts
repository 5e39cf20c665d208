import type { Http2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';

/** How an HTTP/2 session and the connection under it end. */
export interface Fate {
  /** What it died of; undefined while nothing is wrong. TLS alerts are the socket's word, so that goes first. */
  cause(): unknown;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

/**
 * Ties a session to its socket: neither outlives the other, and no error of either goes unhandled. The socket may have
 * died already: in TLS 1.3 a refusal of our certificate can arrive in the same breath as the end of the handshake.
 */
export function tie(session: Http2Session, socket: TLSSocket): Fate {
  let sessionError: unknown;
  session.on('error', (error) => (sessionError ??= error));
  session.once('close', () => socket.destroy());
  const closed = closingOf(socket);
  void closed.then(() => session.destroy());
  return { cause: () => socket.errored ?? sessionError, closed };
}

/** Resolves when the connection is closed, which it may be already. */
export function closingOf(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}
