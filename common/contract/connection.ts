import { AppError } from '../errors/app-error.ts';
import { ClientFrame, type Reply, type ServerFrame } from './wire.ts';

/** Close codes of a contract's WebSocket (RFC 6455 §7.4). */
export const closeCode = {
  goingAway: 1001,
  binary: 1003,
  malformed: 1008,
  sessionEnded: 4401,
} as const;

export interface ConnectionOptions {
  /** Version of the contract that is served. */
  readonly contract: number;
  readonly dispatch: (name: string, input: unknown) => Promise<Reply>;
  /** Returns what ends the subscription. Throws `AppError` for a topic that the caller may not have. */
  readonly subscribe: (topic: string, listener: (payload: unknown) => void) => () => void;
  /** Asked with each frame, in and out; `used` says that the operator did something. */
  readonly authorised: (used: boolean) => boolean;
  /** Drops what nobody will hear any more. */
  readonly send: (frame: ServerFrame) => void;
  /** Closes the transport; `isFault` says that the other side broke the rules. */
  readonly close: (code: number, reason: string, isFault: boolean) => void;
}

/** A contract served to one caller, whatever carries the frames. */
export interface Connection {
  /** Takes one message; null for one that is no text. */
  receive(text: string | null): void;
  /** False when the caller's session has ended; the connection is closed then. */
  check(): boolean;
  /** Ends all subscriptions. */
  end(): void;
}

/** Greets, then answers calls and carries topics until {@link Connection.end}. */
export function serveConnection(options: ConnectionOptions): Connection {
  const { authorised, send, close } = options;
  const subscriptions = new Map<string, () => void>();

  const check = (used: boolean): boolean => {
    const may = authorised(used);
    if (!may) close(closeCode.sessionEnded, 'session ended', false);
    return may;
  };
  const subscribe = (topic: string): void => {
    if (subscriptions.has(topic)) return;
    try {
      const end = options.subscribe(topic, (payload) => {
        // A payload must not be the last thing that an ended session learns.
        if (authorised(false)) send({ kind: 'event', topic, payload });
      });
      subscriptions.set(topic, end);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      close(closeCode.malformed, error.code, true);
    }
  };

  send({ kind: 'hello', contract: options.contract });
  return {
    receive(text) {
      if (text === null) return close(closeCode.binary, 'binary frame', true);
      if (!check(true)) return;
      const frame = parseFrame(text);
      switch (frame?.kind) {
        case undefined:
          return close(closeCode.malformed, 'malformed frame', true);
        case 'call':
          void options
            .dispatch(frame.name, frame.input)
            .then((reply) => send({ kind: 'reply', id: frame.id, reply }));
          return;
        case 'subscribe':
          return subscribe(frame.topic);
        case 'unsubscribe':
          subscriptions.get(frame.topic)?.();
          subscriptions.delete(frame.topic);
      }
    },
    check: () => check(false),
    end() {
      for (const end of subscriptions.values()) end();
      subscriptions.clear();
    },
  };
}

function parseFrame(text: string): ClientFrame | undefined {
  try {
    const frame = ClientFrame.safeParse(JSON.parse(text));
    return frame.success ? frame.data : undefined;
  } catch {
    return undefined;
  }
}
