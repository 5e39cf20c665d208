import type { OutgoingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { ClientSession } from '../http2/client-session.ts';
import type { ClientStream } from '../http2/client-stream.ts';
import type { Receiver, RequestStream } from '../http2/request-stream.ts';
import { startPulse, type Pulse } from './pulse.ts';

/** One data connection of a device: the relay is the HTTP/2 client on it. */
export interface DataSession {
  readonly id: number;
  readonly deviceId: string;
  readonly tunnel: string;
  readonly generation: number;
  readonly index: number;
  readonly openedAt: number;
  /** Whether the device takes bodies of requests in gzip. */
  readonly takesGzip: boolean;
  readonly pulse: Pulse;
  /** Public requests that are on it now. */
  readonly inFlight: number;
  /** Public requests that it has carried. */
  readonly carried: number;
  /** Whether it can take another stream. */
  readonly usable: boolean;
  /** Opens a stream. Throws when the session has gone in the meantime or the headers cannot be encoded. */
  open(headers: OutgoingHttpHeaders, endStream: boolean, receiver: Receiver): RequestStream;
  /** The same as a stream of Node's. */
  request(headers: OutgoingHttpHeaders, endStream: boolean): ClientStream;
  /** Lets what it carries finish, then closes; whatever lasts longer than `graceMs` is cut. */
  retire(graceMs: number): void;
  /** Cuts it at once, by its TCP socket. */
  cut(): void;
}

export interface DataSessionInput {
  readonly id: number;
  readonly deviceId: string;
  readonly tunnel: string;
  readonly generation: number;
  readonly index: number;
  readonly takesGzip: boolean;
  readonly session: ClientSession;
  readonly socket: TLSSocket;
  readonly now: number;
  readonly onDead: () => void;
}

export function createDataSession(input: DataSessionInput): DataSession {
  const { session, socket } = input;
  const pulse = startPulse(session, socket, input.onDead);
  let carried = 0;
  return {
    id: input.id,
    deviceId: input.deviceId,
    tunnel: input.tunnel,
    generation: input.generation,
    index: input.index,
    openedAt: input.now,
    takesGzip: input.takesGzip,
    pulse,
    get inFlight() {
      return session.openStreams;
    },
    get carried() {
      return carried;
    },
    get usable() {
      return !session.closed;
    },
    open: (headers, endStream, receiver) => {
      const stream = session.open(headers, endStream, receiver);
      carried += 1;
      return stream;
    },
    request: (headers, endStream) => {
      const stream = session.request(headers, endStream);
      carried += 1;
      return stream;
    },
    retire: (graceMs) => {
      if (session.destroyed) return;
      session.close();
      const timer = setTimeout(() => socket.destroy(), graceMs);
      timer.unref();
      session.onClose(() => clearTimeout(timer));
    },
    cut: () => {
      pulse.stop();
      socket.destroy();
    },
  };
}
