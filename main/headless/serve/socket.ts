import type { RawData, WebSocket } from 'ws';
import { CONTRACT_VERSION } from '../../../common/contract/api.ts';
import { ClientFrame, type ServerFrame } from '../../../common/contract/wire.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { Caller, Core } from '../../core/index.ts';

/** Bytes that may wait for a reader; a tab that is slower is cut off and reads everything anew when it comes back. */
export const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
const HEARTBEAT_MS = 15_000;

/** Close codes of our own (RFC 6455 §7.4.2). */
export const closeCode = {
  malformed: 1008,
  binary: 1003,
  sessionEnded: 4401,
  goingAway: 1001,
} as const;

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
  const subscriptions = new Map<string, () => void>();
  let heard = true;

  const send = (frame: ServerFrame): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > limit) {
      log.warn(
        { caller: caller.name, buffered: socket.bufferedAmount },
        'console too slow, cut off',
      );
      socket.terminate();
      return;
    }
    socket.send(JSON.stringify(frame));
  };
  const refuse = (code: number, reason: string): void => {
    log.warn({ caller: caller.name, reason }, 'console connection refused');
    socket.close(code, reason);
  };

  const subscribe = (topic: string): void => {
    if (subscriptions.has(topic)) return;
    try {
      const end = core.subscribe(caller, topic, (payload) =>
        send({ kind: 'event', topic, payload }),
      );
      subscriptions.set(topic, end);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refuse(closeCode.malformed, error.code);
    }
  };
  const unsubscribe = (topic: string): void => {
    subscriptions.get(topic)?.();
    subscriptions.delete(topic);
  };
  const receive = (data: RawData, isBinary: boolean): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary) return refuse(closeCode.binary, 'binary frame');
    if (!authorised(true)) return socket.close(closeCode.sessionEnded, 'session ended');
    const frame = parseFrame(data);
    if (frame === undefined) return refuse(closeCode.malformed, 'malformed frame');
    switch (frame.kind) {
      case 'call':
        void core
          .dispatch(caller, frame.name, frame.input)
          .then((reply) => send({ kind: 'reply', id: frame.id, reply }));
        return;
      case 'subscribe':
        return subscribe(frame.topic);
      case 'unsubscribe':
        return unsubscribe(frame.topic);
    }
  };

  const heartbeat = setInterval(() => {
    if (!heard) return socket.terminate();
    if (!authorised(false)) return socket.close(closeCode.sessionEnded, 'session ended');
    heard = false;
    socket.ping();
  }, options.heartbeatMs ?? HEARTBEAT_MS);
  heartbeat.unref();

  socket.on('pong', () => {
    heard = true;
  });
  socket.on('message', receive);
  socket.on('error', (error) =>
    log.warn({ caller: caller.name, err: error }, 'console connection failed'),
  );
  socket.on('close', () => {
    clearInterval(heartbeat);
    for (const end of subscriptions.values()) end();
    subscriptions.clear();
  });
  send({ kind: 'hello', contract: CONTRACT_VERSION });
}

function parseFrame(data: RawData): ClientFrame | undefined {
  try {
    const text = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    const frame = ClientFrame.safeParse(JSON.parse(text.toString('utf8')));
    return frame.success ? frame.data : undefined;
  } catch {
    return undefined;
  }
}
