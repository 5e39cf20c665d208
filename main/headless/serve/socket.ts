import type { RawData, WebSocket } from 'ws';
import { CONTRACT_VERSION } from '../../../common/contract/api.ts';
import { serveConnection } from '../../../common/contract/connection.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { Caller, Core } from '../../core/index.ts';

/** Bytes that may wait for a reader; a tab that is slower is cut off and reads everything anew when it comes back. */
export const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
const HEARTBEAT_MS = 15_000;

export interface SocketOptions {
  readonly core: Pick<Core, 'dispatch' | 'subscribe'>;
  readonly caller: Caller;
  /** Asked with each heartbeat and each frame; `used` says that the operator did something. */
  readonly authorised: (used: boolean) => boolean;
  readonly log: Logger;
  readonly heartbeatMs?: number;
  readonly maxBufferedBytes?: number;
}

/** Serves the operator contract on one accepted WebSocket until it closes. */
export function serveSocket(socket: WebSocket, options: SocketOptions): void {
  const { core, caller, authorised, log } = options;
  const limit = options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
  let heard = true;

  const connection = serveConnection({
    contract: CONTRACT_VERSION,
    dispatch: (name, input) => core.dispatch(caller, name, input),
    subscribe: (topic, listener) => core.subscribe(caller, topic, listener),
    authorised,
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > limit) {
        const buffered = socket.bufferedAmount;
        log.warn({ caller: caller.name, buffered }, 'console too slow, cut off');
        socket.terminate();
        return;
      }
      socket.send(JSON.stringify(frame));
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
  }, options.heartbeatMs ?? HEARTBEAT_MS);
  heartbeat.unref();

  socket.on('pong', () => {
    heard = true;
  });
  socket.on('message', (data, isBinary) => {
    if (socket.readyState === socket.OPEN) connection.receive(isBinary ? null : textOf(data));
  });
  socket.on('error', (error) =>
    log.warn({ caller: caller.name, err: error }, 'console connection failed'),
  );
  socket.on('close', () => {
    clearInterval(heartbeat);
    connection.end();
  });
}

function textOf(data: RawData): string {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  return bytes.toString('utf8');
}
