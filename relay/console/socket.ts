import type { RawData, WebSocket } from 'ws';
import { RELAY_CONTRACT_VERSION, type RelayApi } from '../../common/contract/relay-api.ts';
import type { DispatcherOf } from '../../common/contract/dispatch.ts';
import { ClientFrame, type ServerFrame } from '../../common/contract/wire.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { Feed } from './feed.ts';
import type { ConsoleCaller } from './handlers.ts';

/** Bytes that may wait for a reader; a tab that is slower is cut off and reads everything anew when it comes back. */
const MAX_BUFFERED = 8 * 1024 * 1024;
const HEARTBEAT = 15_000;

/** Close codes (RFC 6455 §7.4). */
export const closeCode = {
  goingAway: 1001,
  binary: 1003,
  malformed: 1008,
  sessionEnded: 4401,
} as const;

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
  const subscriptions = new Map<string, () => void>();
  let heard = true;

  const send = (frame: ServerFrame): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount <= MAX_BUFFERED) socket.send(JSON.stringify(frame));
    else socket.terminate();
  };
  const refuse = (code: number, reason: string): void => {
    log.warn({ caller: caller.name, reason }, 'console connection refused');
    socket.close(code, reason);
  };
  const subscribe = (name: string): void => {
    if (subscriptions.has(name)) return;
    try {
      const admission = dispatcher.admit(caller, name);
      const end = feed.subscribe(admission.topic, (payload) => {
        // A payload must not be the last thing that an ended session learns.
        if (authorised(false)) send({ kind: 'event', topic: name, payload });
      });
      subscriptions.set(name, () => {
        end();
        admission.release();
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refuse(closeCode.malformed, error.code);
    }
  };
  const receive = (data: RawData, isBinary: boolean): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary) return refuse(closeCode.binary, 'binary frame');
    if (!authorised(true)) return socket.close(closeCode.sessionEnded, 'session ended');
    const frame = parseFrame(data);
    switch (frame?.kind) {
      case undefined:
        return refuse(closeCode.malformed, 'malformed frame');
      case 'call':
        void dispatcher
          .dispatch(caller, frame.name, frame.input)
          .then((reply) => send({ kind: 'reply', id: frame.id, reply }));
        return;
      case 'subscribe':
        return subscribe(frame.topic);
      case 'unsubscribe':
        subscriptions.get(frame.topic)?.();
        subscriptions.delete(frame.topic);
        return;
    }
  };

  const heartbeat = setInterval(() => {
    if (!heard) return socket.terminate();
    if (!authorised(false)) return socket.close(closeCode.sessionEnded, 'session ended');
    heard = false;
    socket.ping();
  }, options.heartbeatMs ?? HEARTBEAT);
  heartbeat.unref();

  socket.on('pong', () => {
    heard = true;
  });
  socket.on('message', receive);
  socket.on('error', (err) => log.warn({ caller: caller.name, err }, 'console connection failed'));
  socket.on('close', () => {
    clearInterval(heartbeat);
    for (const end of subscriptions.values()) end();
    subscriptions.clear();
  });
  send({ kind: 'hello', contract: RELAY_CONTRACT_VERSION });
}

function parseFrame(data: RawData): ClientFrame | undefined {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    const frame = ClientFrame.safeParse(JSON.parse(bytes.toString('utf8')));
    return frame.success ? frame.data : undefined;
  } catch {
    return undefined;
  }
}
