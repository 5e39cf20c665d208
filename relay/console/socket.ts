import type { RawData, WebSocket } from 'ws';
import { RELAY_CONTRACT_VERSION, type RelayApi } from '../../common/contract/relay-api.ts';
import type { DispatcherOf } from '../../common/contract/dispatch.ts';
import { serveConnection } from '../../common/contract/connection.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { Feed } from './feed.ts';
import type { ConsoleCaller } from './handlers.ts';

/** Bytes that may wait for a reader; a tab that is slower is cut off and reads everything anew when it comes back. */
const MAX_BUFFERED = 8 * 1024 * 1024;
const HEARTBEAT = 15_000;

export interface SocketOptions {
  readonly dispatcher: DispatcherOf<RelayApi, ConsoleCaller>;
  readonly feed: Feed;
  readonly caller: ConsoleCaller;
  /** Asked with each heartbeat and each frame; `used` says that the operator did something. */
  readonly authorised: (used: boolean) => boolean;
  readonly log: Logger;
  readonly heartbeatMs?: number;
}

/** Serves the relay's contract on one accepted WebSocket until it closes. */
export function serveSocket(socket: WebSocket, options: SocketOptions): void {
  const { dispatcher, feed, caller, authorised, log } = options;
  let heard = true;

  const connection = serveConnection({
    contract: RELAY_CONTRACT_VERSION,
    dispatch: (name, input) => dispatcher.dispatch(caller, name, input),
    subscribe(topic, listener) {
      const admission = dispatcher.admit(caller, topic);
      const end = feed.subscribe(admission.topic, listener);
      return () => {
        end();
        admission.release();
      };
    },
    authorised,
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount <= MAX_BUFFERED) socket.send(JSON.stringify(frame));
      else socket.terminate();
    },
    close(code, reason, isFault) {
      if (isFault) log.warn({ caller: caller.name, reason }, 'console connection refused');
      socket.close(code, reason);
    },
  });

  const heartbeat = setInterval(() => {
    if (!heard) return socket.terminate();
    if (!connection.check()) return;
    heard = false;
    socket.ping();
  }, options.heartbeatMs ?? HEARTBEAT);
  heartbeat.unref();

  socket.on('pong', () => {
    heard = true;
  });
  socket.on('message', (data, isBinary) => {
    if (socket.readyState === socket.OPEN) connection.receive(isBinary ? null : textOf(data));
  });
  socket.on('error', (err) => log.warn({ caller: caller.name, err }, 'console connection failed'));
  socket.on('close', () => {
    clearInterval(heartbeat);
    connection.end();
  });
}

function textOf(data: RawData): string {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  return bytes.toString('utf8');
}
