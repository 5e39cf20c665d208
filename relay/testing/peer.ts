import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  connect,
  performServerHandshake,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import tls, { type TLSSocket } from 'node:tls';
import { RegisterResponse, RelayEvent } from '../../common/tunnel/control.ts';
import {
  PROTOCOL_VERSION,
  UPGRADE_AUTHORITY,
  alpn,
  controlPath,
  dataPath,
} from '../../common/tunnel/protocol.ts';
import type { ControlAnswer, TestIdentity } from './identity.ts';

/** How a test wants a public request answered. */
export type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

export interface PeerOptions {
  readonly identity: TestIdentity;
  readonly onStream: OnStream;
  /** Serves what comes as an upgrade. */
  readonly upgrades?: Server;
  readonly sessions?: number;
  /** Codings in which it takes bodies of requests; says nothing of them unless told, as an older device. */
  readonly codings?: readonly string[];
}

/** The device's side of the wire, as small as it can be; written apart from the real client. */
export interface Peer {
  readonly registration: RegisterResponse;
  readonly control: ClientHttp2Session;
  readonly controlSocket: TLSSocket;
  readonly dataSockets: readonly TLSSocket[];
  readonly events: readonly RelayEvent[];
  /** Resolves with the first event of that type, past or to come. */
  event(type: RelayEvent['type']): Promise<RelayEvent>;
  call(path: string, body: unknown): Promise<ControlAnswer>;
  /** Opens one more data connection for the peer's generation; resolves when it was attached or closed. */
  openData(generation?: number): Promise<{ socket: TLSSocket; attached: boolean }>;
  close(): void;
}

export function dialRelay(identity: TestIdentity, protocol: string): Promise<TLSSocket> {
  const { host, port, ca, key, cert } = identity;
  const socket = tls.connect({
    host,
    port,
    ca,
    key,
    cert,
    ALPNProtocols: [protocol],
    minVersion: 'TLSv1.3',
  });
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket));
    socket.on('error', reject);
  });
}

/** Connects, registers, listens for events and attaches its data sessions. */
export async function connectPeer(options: PeerOptions): Promise<Peer> {
  const { identity } = options;
  const controlSocket = await dialRelay(identity, alpn.control);
  const control = connect('https://relay', { createConnection: () => controlSocket });
  control.on('error', () => undefined);
  const call = (path: string, body: unknown): Promise<ControlAnswer> => post(control, path, body);
  const answer = await call(controlPath.register, {
    protocol: PROTOCOL_VERSION,
    version: '0.0.0',
    sessions: options.sessions ?? 1,
    clock: Date.now(),
    attempt: 0,
    ...(options.codings === undefined ? {} : { codings: options.codings }),
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  const registration = RegisterResponse.parse(answer.body);
  const { events, event } = listen(control);
  const dataSockets: TLSSocket[] = [];
  const openData = async (
    generation = registration.generation,
  ): Promise<{ socket: TLSSocket; attached: boolean }> => {
    const socket = await dialRelay(identity, alpn.data);
    dataSockets.push(socket);
    const attached = await serveData(socket, generation, dataSockets.length - 1, options);
    return { socket, attached };
  };
  for (let index = 0; index < (options.sessions ?? 1); index += 1) await openData();
  return {
    registration,
    control,
    controlSocket,
    dataSockets,
    events,
    event,
    call,
    openData,
    close: () => {
      control.destroy();
      controlSocket.destroy();
      for (const socket of dataSockets) socket.destroy();
    },
  };
}

export function post(
  session: ClientHttp2Session,
  path: string,
  body: unknown,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path });
    let status = 0;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
    });
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('error', reject);
    stream.on('end', () => {
      try {
        resolve({ status, body: JSON.parse(text) as unknown });
      } catch {
        reject(new Error(`no answer from ${path}`));
      }
    });
    stream.end(JSON.stringify(body));
  });
}

function listen(control: ClientHttp2Session): Pick<Peer, 'events' | 'event'> {
  const events: RelayEvent[] = [];
  const waiting: { type: string; resolve: (event: RelayEvent) => void }[] = [];
  const stream = control.request({ ':method': 'GET', ':path': controlPath.events });
  stream.on('error', () => undefined);
  stream.setEncoding('utf8');
  let rest = '';
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = RelayEvent.parse(JSON.parse(line));
      events.push(event);
      for (const { type, resolve } of waiting) if (type === event.type) resolve(event);
    }
  });
  const event = (type: RelayEvent['type']): Promise<RelayEvent> => {
    const past = events.find((one) => one.type === type);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      waiting.push({ type, resolve });
    });
  };
  return { events, event };
}

/** Whether the relay attached the connection; it answers the next ping only if it did. */
function serveData(
  socket: TLSSocket,
  generation: number,
  index: number,
  options: PeerOptions,
): Promise<boolean> {
  const session = performServerHandshake(socket, { settings: { initialWindowSize: 1 << 20 } });
  session.setLocalWindowSize(32 << 20);
  session.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('close', () => resolve(false));
    session.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      if (headers[':path'] === dataPath.attach) {
        stream.respond({ ':status': 200, 'content-type': 'application/json' });
        stream.end(JSON.stringify({ generation, index }));
        stream.once('close', () => confirm(session, resolve));
      } else if (headers[':method'] === 'CONNECT') {
        upgrade(stream, headers, options.upgrades);
      } else options.onStream(stream, headers);
    });
  });
}

function confirm(session: ServerHttp2Session, done: (attached: boolean) => void): void {
  if (session.destroyed) return;
  session.ping((error) => {
    if (error === null) done(true);
  });
}

function upgrade(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  server: Server | undefined,
): void {
  if (server === undefined || headers[':authority'] !== UPGRADE_AUTHORITY) {
    stream.respond({ ':status': 404 }, { endStream: true });
    return;
  }
  stream.respond({ ':status': 200 });
  // What http.Server calls on a socket and a stream has not.
  Object.assign(stream, {
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
    destroySoon: () => stream.end(),
  });
  server.emit('connection', stream);
}

/** An HTTP/1.1 server that never listens: it takes the upgrades of a peer. */
export function upgradeServer(
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  return createServer(onRequest);
}
