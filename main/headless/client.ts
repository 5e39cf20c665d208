import { WebSocket } from 'ws';
import { CONTRACT_VERSION } from '../../common/contract/api.ts';
import { createClient, type Client, type Transport } from '../../common/contract/client.ts';
import {
  CONSOLE_SOCKET_PATH,
  ServerFrame,
  type ClientFrame,
  type Reply,
} from '../../common/contract/wire.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { RunInfo } from './run-file.ts';

/** A connection of the command line to a running program. */
export interface Connection {
  readonly client: Client;
  close(): void;
}

const HELLO_MS = 5_000;
const GONE: Reply = { ok: false, error: { code: 'HOST_GONE', params: {} } };

/**
 * Opens the operator contract of a running program. Throws `HOST_GONE` when none answers and `CONTRACT_VERSION` when it is of
 * another version.
 */
export async function connectTo(run: Pick<RunInfo, 'console' | 'token'>): Promise<Connection> {
  const socket = new WebSocket(`${run.console.replace('http', 'ws')}${CONSOLE_SOCKET_PATH}`, {
    headers: { authorization: `Bearer ${run.token}` },
    handshakeTimeout: HELLO_MS,
    perMessageDeflate: false,
  });
  const pending = new Map<number, (reply: Reply) => void>();
  const topics = new Map<string, Set<(payload: unknown) => void>>();
  let nextId = 1;

  const transmit = (frame: ClientFrame): void => socket.send(JSON.stringify(frame));
  const transport: Transport = {
    call(name, input) {
      if (socket.readyState !== socket.OPEN) return Promise.resolve(GONE);
      const id = nextId++;
      return new Promise((resolve) => {
        pending.set(id, resolve);
        transmit({ kind: 'call', id, name, input });
      });
    },
    subscribe(name, listener) {
      const listeners = topics.get(name) ?? new Set();
      if (listeners.size === 0) transmit({ kind: 'subscribe', topic: name });
      topics.set(name, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0 || socket.readyState !== socket.OPEN) return;
        transmit({ kind: 'unsubscribe', topic: name });
      };
    },
  };

  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => fail(new AppError('HOST_GONE')), HELLO_MS);
    const fail = (error: AppError): void => {
      clearTimeout(timer);
      reject(error);
      socket.terminate();
    };
    socket.on('error', () => fail(new AppError('HOST_GONE')));
    socket.on('close', () => {
      fail(new AppError('HOST_GONE'));
      for (const settle of pending.values()) settle(GONE);
      pending.clear();
    });
    socket.on('message', (data: Buffer) => {
      const frame = parse(data.toString());
      switch (frame?.kind) {
        case 'hello':
          if (frame.contract !== CONTRACT_VERSION) return fail(new AppError('CONTRACT_VERSION'));
          clearTimeout(timer);
          return resolve();
        case 'reply':
          pending.get(frame.id)?.(frame.reply);
          pending.delete(frame.id);
          return;
        case 'event':
          for (const listener of topics.get(frame.topic) ?? []) listener(frame.payload);
          return;
        case undefined:
          return fail(new AppError('CONTRACT_VERSION'));
      }
    });
  });
  return { client: createClient(transport), close: () => socket.close() };
}

function parse(text: string): ServerFrame | undefined {
  try {
    return ServerFrame.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
