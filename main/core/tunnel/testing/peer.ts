import { once } from 'node:events';
import http2, {
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { text } from 'node:stream/consumers';
import type { ErrorInfo } from '../../../../common/errors/app-error.ts';
import type { RegisterResponse, RelayEvent } from '../../../../common/tunnel/control.ts';
import { alpn, controlPath, dataPath } from '../../../../common/tunnel/protocol.ts';
import type { DeviceIdentity } from '../identity.ts';
import { createCa, type Issued, type LeafOptions, type TestCa } from './pki.ts';

/**
 * A relay's side of the wire, written for tests apart from the product's relay, so that both ends cannot be wrong alike.
 * It keeps no accounts: every device that its CA signed is welcome, unless `refuse` says otherwise.
 */
export interface TestPeer {
  readonly ca: TestCa;
  readonly endpoint: { readonly host: string; readonly port: number };
  /** Data sessions that are attached now, in the order of attaching. */
  readonly attached: readonly AttachedSession[];
  /** Paths of control requests, in the order of coming. */
  readonly calls: readonly string[];
  /** ALPN ids of finished handshakes, in the order of coming. */
  readonly handshakes: readonly string[];
  /** What the next answers are; changed at will by tests. */
  readonly behaviour: Behaviour;
  identity(life?: LeafOptions): DeviceIdentity;
  /** Sends one GET over the newest data session. */
  get(path: string, on?: ClientHttp2Session): Promise<{ status: number; body: string }>;
  tell(event: RelayEvent): void;
  /** Resolves when `predicate` holds of this peer; looked at whenever something happens. */
  until(predicate: () => boolean): Promise<void>;
  /** Cuts the TCP connections of one purpose, or all. */
  cut(protocol?: string): void;
  close(): Promise<void>;
}

export interface AttachedSession {
  readonly session: ClientHttp2Session;
  readonly generation: number;
  readonly index: number;
  /** Serial number of the certificate that the device showed. */
  readonly serial: string;
}

export interface Behaviour {
  /** Answers every control request with this. */
  refuse: { error: ErrorInfo; retryAfterMs?: number } | null;
  heartbeatMs: number;
  /** Added to the relay's clock. */
  skewMs: number;
  /** Lifetime of certificates from enrol and renew. */
  life: LeafOptions;
  /** Leaves requests to these paths without an answer. */
  mute: string[];
  secret: string;
  /** An answer of the test's own instead of the usual one. */
  answer: ((path: string) => object | null) | null;
  connect: ((stream: ServerHttp2Stream, authority: string) => void) | null;
}

export interface PeerOptions {
  readonly ca?: TestCa;
  readonly server?: Issued;
  readonly port?: number;
  readonly alpns?: readonly string[];
  readonly firstGeneration?: number;
}

export async function startPeer(options: PeerOptions = {}): Promise<TestPeer> {
  const ca = options.ca ?? createCa();
  const server = options.server ?? ca.issue({ hosts: ['127.0.0.1', 'localhost'] });
  const sockets = new Map<Socket, string>();
  const attached: AttachedSession[] = [];
  const calls: string[] = [];
  const handshakes: string[] = [];
  const events = new Set<ServerHttp2Stream>();
  const watchers = new Set<() => void>();
  let generation = options.firstGeneration ?? 0;
  const behaviour: Behaviour = {
    refuse: null,
    heartbeatMs: 30_000,
    skewMs: 0,
    life: {},
    mute: [],
    secret: 's'.repeat(32),
    answer: null,
    connect: null,
  };
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };

  const answers: Record<string, (body: Record<string, unknown>) => object> = {
    [controlPath.register]: () => {
      generation += 1;
      return registered(generation, behaviour);
    },
    [controlPath.heartbeat]: () => ({ clock: Date.now() + behaviour.skewMs }),
    [controlPath.drain]: () => ({}),
    [controlPath.renew]: (body) => ({
      certificate: ca.sign(String(body['csr']), behaviour.life),
      ca: ca.certificate,
    }),
    [controlPath.enrol]: (body) => ({
      deviceId: 'device-1',
      tunnel: 'corp',
      domains: ['bot.example.com'],
      certificate: ca.sign(String(body['csr']), behaviour.life),
      ca: ca.certificate,
    }),
  };

  const onControl = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    if (headers[':method'] === 'CONNECT') {
      calls.push(`CONNECT ${headers[':authority'] ?? ''}`);
      behaviour.connect?.(stream, headers[':authority'] ?? '');
      return;
    }
    const path = headers[':path'] ?? '';
    calls.push(path);
    changed();
    if (behaviour.mute.includes(path)) return;
    if (path === controlPath.events) {
      stream.respond({ ':status': 200 });
      events.add(stream);
      stream.once('close', () => events.delete(stream));
      changed();
      return;
    }
    const body = JSON.parse(await text(stream)) as Record<string, unknown>;
    const refusal =
      path === controlPath.enrol && body['secret'] !== behaviour.secret
        ? { error: { code: 'TOKEN_UNKNOWN', params: {} } }
        : behaviour.refuse;
    if (stream.destroyed) return;
    stream.respond({ ':status': refusal === null ? 200 : 403 });
    stream.end(JSON.stringify(refusal ?? behaviour.answer?.(path) ?? answers[path]?.(body) ?? {}));
  };

  const onData = async (socket: TLSSocket): Promise<void> => {
    const session = http2.connect('http://device', { createConnection: () => socket });
    session.on('error', () => socket.destroy());
    session.on('close', () => socket.destroy());
    const serial = socket.getPeerX509Certificate()?.serialNumber ?? '';
    const answer = await fetch(session, dataPath.attach).catch(() => null);
    if (answer === null) return;
    const { generation, index } = JSON.parse(answer.body) as { generation: number; index: number };
    const entry = { session, generation, index, serial };
    attached.push(entry);
    const forget = (): void => {
      if (attached.includes(entry)) attached.splice(attached.indexOf(entry), 1);
      changed();
    };
    session.once('close', forget);
    session.once('goaway', forget);
    changed();
  };

  const listener = tls.createServer({
    cert: server.certificate + ca.certificate,
    key: server.privateKey,
    ca: ca.certificate,
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: [...(options.alpns ?? Object.values(alpn))],
  });
  listener.on('connection', (socket: Socket) => {
    sockets.set(socket, '');
    socket.once('close', () => sockets.delete(socket));
  });
  listener.on('tlsClientError', () => undefined);
  listener.on('secureConnection', (socket) => {
    const protocol = String(socket.alpnProtocol);
    handshakes.push(protocol);
    changed();
    // The raw socket under it is known by its port only.
    for (const raw of sockets.keys())
      if (raw.remotePort === socket.remotePort) sockets.set(raw, protocol);
    socket.on('error', () => socket.destroy());
    if (protocol === alpn.data) {
      void onData(socket);
      return;
    }
    const session = http2.performServerHandshake(socket);
    session.on('error', () => socket.destroy());
    session.on('close', () => socket.destroy());
    session.on(
      'stream',
      (stream, headers) => void onControl(stream, headers).catch(() => stream.destroy()),
    );
  });
  listener.listen(options.port ?? 0, '127.0.0.1');
  await once(listener, 'listening');
  const endpoint = { host: '127.0.0.1', port: (listener.address() as AddressInfo).port };

  const cut = (protocol?: string): void => {
    for (const [socket, purpose] of sockets) {
      if (protocol === undefined || purpose === protocol) socket.destroy();
    }
  };

  return {
    ca,
    endpoint,
    attached,
    calls,
    handshakes,
    behaviour,
    identity: (life) => ({
      deviceId: 'device-1',
      tunnel: 'corp',
      domains: ['bot.example.com'],
      endpoint,
      ca: ca.certificate,
      ...ca.issue({ commonName: 'device-1', ...life }),
    }),
    get: (path, on) => {
      const session = on ?? attached.at(-1)?.session;
      if (session === undefined) throw new Error('no session');
      return fetch(session, path);
    },
    tell: (event) => {
      for (const stream of events) stream.write(`${JSON.stringify(event)}\n`);
    },
    until: (predicate) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!predicate()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    cut,
    close: async () => {
      listener.close();
      cut();
      if (listener.listening) await once(listener, 'close');
    },
  };
}

function registered(generation: number, behaviour: Behaviour): RegisterResponse {
  return {
    generation,
    relay: { id: 'peer', name: 'Test peer', fixedIp: '192.0.2.7' },
    tunnel: { name: 'corp', domains: ['bot.example.com'] },
    publicUrls: ['https://bot.example.com:8443'],
    publicCertificate: null,
    heartbeatMs: behaviour.heartbeatMs,
    clock: Date.now() + behaviour.skewMs,
  };
}

function fetch(
  session: ClientHttp2Session,
  path: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'GET', ':path': path });
    let status = 0;
    let body = '';
    stream.setEncoding('utf8');
    stream.on('response', (headers) => (status = Number(headers[':status'])));
    stream.on('data', (chunk: string) => (body += chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      if (status === 0) reject(new Error('no answer'));
      else resolve({ status, body });
    });
  });
}
