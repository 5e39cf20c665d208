import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { WSS_PATH, WSS_SUBPROTOCOL } from '../../common/tunnel/protocol.ts';
import type { RequestHead } from '../ingress/request-head.ts';

/** Greatest frame of a device: one TLS record and its overhead many times over. */
const MAX_FRAME = 1 << 20;

/**
 * Takes an upgrade on the public port that is a device's way in (`wss`), or says false: then it is somebody's request.
 * The socket belongs to the entrance from then on.
 */
export type Entrance = (
  head: Pick<RequestHead, 'authority' | 'path' | 'remoteAddress'>,
  request: IncomingMessage,
  socket: Duplex,
  early: Buffer,
) => boolean;

/**
 * The control port by a WebSocket (RFC 6455) on the public port, for networks that pass nothing but web traffic. Inside runs
 * the same TLS with client certificates as on the control port, so nothing is trusted here that is not trusted there.
 * `host` is the relay's own name; `accept` gets the bytes inside, and the address that they come from.
 */
export function createEntrance(
  host: string,
  accept: (stream: Duplex, address: string) => void,
): Entrance {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME,
    handleProtocols: (offered) => (offered.has(WSS_SUBPROTOCOL) ? WSS_SUBPROTOCOL : false),
  });
  const own = host.toLowerCase();
  return (head, request, socket, early) => {
    if (head.path !== WSS_PATH || hostOf(head.authority) !== own) return false;
    server.handleUpgrade(request, socket, early, (opened) => {
      const stream = createWebSocketStream(opened);
      // A frame that is too large, or no WebSocket frame at all, ends the connection; TLS inside hears of it.
      stream.on('error', () => stream.destroy());
      if (opened.protocol === WSS_SUBPROTOCOL) accept(stream, head.remoteAddress);
      else opened.close(1002);
    });
    return true;
  };
}

function hostOf(authority: string): string {
  return authority
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
}
