import { performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { windows } from '../../common/tunnel/protocol.ts';

/** How long a session that is being closed may take to say so. */
export const CLOSE_GRACE = 250;

/** Egress connections and control requests of one device at the same time. */
const MAX_STREAMS = 320;

/** Makes the relay the HTTP/2 server on a handshaken TLS connection; nothing of it can take the process down. */
export function serveSession(socket: TLSSocket): ServerHttp2Session {
  const session = performServerHandshake(socket, {
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: windows.streamBytes,
      maxHeaderListSize: 16 * 1024,
    },
    maxHeaderListPairs: 64,
    maxSessionInvalidFrames: 100,
    maxSettings: 32,
    maxSessionMemory: 64,
  });
  session.setLocalWindowSize(windows.sessionBytes);
  // Faults of the peer end its connection; there is nobody else to tell.
  session.on('error', () => socket.destroy());
  session.on('close', () => socket.destroy());
  return session;
}

/** Flushes what was answered, says GOAWAY and ends the TCP connection within a moment. */
export function closeSession(session: ServerHttp2Session, socket: TLSSocket): void {
  if (session.destroyed) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE);
  session.once('close', () => clearTimeout(timer));
  session.close();
}
