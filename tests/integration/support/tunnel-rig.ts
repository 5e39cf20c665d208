import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { Agent, request } from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WebSocketServer } from 'ws';
import { silentLogger } from '../../../common/domain/log.ts';
import { UPGRADE_AUTHORITY } from '../../../common/tunnel/protocol.ts';
import { decodeToken } from '../../../common/tunnel/token.ts';
import {
  enrol,
  type DeviceIdentity,
  type TunnelClientOptions,
} from '../../../main/core/tunnel/index.ts';
import { startClient, type TestClient } from '../../../main/core/tunnel/testing/client.ts';
import { onDuplex } from '../../../main/core/tunnel/testing/duplex.ts';
import {
  createRelay,
  selfSignedPublic,
  type RelayOptions,
  type RunningRelay,
} from '../../../relay/index.ts';

const run = promisify(execFile);
export const DOMAIN = 'bot.test';

/** A real relay on free loopback ports, with a tunnel `corp` for `bot.test`. */
export interface TunnelRig {
  relay(): RunningRelay;
  /** Path of the public port's certificate, its own authority. */
  readonly caFile: string;
  readonly publicCa: string;
  enrol(): Promise<DeviceIdentity>;
  /** A client for an identity; stopped with the rig. */
  client(identity: DeviceIdentity, options?: Partial<TunnelClientOptions>): TestClient;
  /** Closes the relay at once and starts it again on the same ports and data. */
  restart(): Promise<void>;
  /** A public request by curl. */
  curl(path: string, ...args: string[]): Promise<{ status: number; body: string }>;
  /** A public request on a connection of its own; status 0 when it got no answer. */
  get(path: string): Promise<number>;
  close(): Promise<void>;
}

export async function startTunnelRig(overrides: Partial<RelayOptions> = {}): Promise<TunnelRig> {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-tunnel-'));
  const publicTls = await selfSignedPublic([DOMAIN], Date.now());
  const caFile = join(dataDir, 'public-ca.pem');
  const any = { host: '127.0.0.1', port: 0 };
  const start = (listen: RelayOptions['listen']): Promise<RunningRelay> =>
    createRelay({
      dataDir: join(dataDir, 'relay'),
      listen,
      controlHost: '127.0.0.1',
      publicTls,
      name: 'Rig',
      fixedIp: '192.0.2.7',
      egressAllow: [],
      log: silentLogger,
      version: '0.0.0',
      ...overrides,
    });
  let relay = await start({ public: any, control: any, admin: any });
  await writeFile(caFile, publicTls.cert);
  relay.createTunnel({ name: 'corp', domains: [DOMAIN] });
  const clients: TestClient[] = [];
  const publicPort = (): number => Number(new URL(relay.addresses.public).port);

  return {
    relay: () => relay,
    caFile,
    publicCa: publicTls.cert,
    enrol: () =>
      enrol({
        token: decodeToken(relay.createToken('corp', 60_000)),
        facts: { hostname: 'rig', platform: 'linux', version: '0.0.0' },
      }),
    client: (identity, options) => {
      const client = startClient(identity, options);
      clients.push(client);
      client.tunnel.connect();
      return client;
    },
    restart: async () => {
      const { addresses } = relay;
      const at = (address: string) => ({
        host: '127.0.0.1',
        port: Number(address.split(':').at(-1)),
      });
      await relay.close(0);
      relay = await start({
        public: at(addresses.public),
        control: at(addresses.control),
        admin: at(addresses.admin),
      });
    },
    curl: async (path, ...args) => {
      const port = publicPort();
      const { stdout } = await run('curl', [
        ...['--silent', '--show-error', '--cacert', caFile, '--write-out', '\n%{http_code}'],
        ...[
          '--resolve',
          `${DOMAIN}:${port}:127.0.0.1`,
          ...args,
          `https://${DOMAIN}:${port}${path}`,
        ],
      ]);
      const cut = stdout.lastIndexOf('\n');
      return { status: Number(stdout.slice(cut + 1)), body: stdout.slice(0, cut) };
    },
    get: (path) =>
      new Promise((resolve) => {
        const outgoing = request({
          host: '127.0.0.1',
          port: publicPort(),
          path,
          servername: DOMAIN,
          ca: publicTls.cert,
          headers: { host: `${DOMAIN}:${publicPort()}` },
          agent: new Agent({ keepAlive: false }),
        });
        outgoing.on('response', (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
          response.on('error', () => resolve(0));
        });
        outgoing.on('error', () => resolve(0));
        outgoing.end();
      }),
    close: async () => {
      for (const client of clients) await client.tunnel.stop(0);
      await relay.close(0);
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Serves requests by `onRequest` and upgrades by a WebSocket server that echoes. */
export function withEcho(
  onRequest: TunnelClientOptions['handleStream'],
): TunnelClientOptions['handleStream'] {
  const server: Server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
  });
  const upgrade = onDuplex((stream) => {
    stream.respond({ ':status': 200 });
    // What http.Server calls on a socket, and a stream has not.
    Object.assign(stream, {
      setNoDelay: () => stream,
      setKeepAlive: () => stream,
      destroySoon: () => stream.end(),
    });
    server.emit('connection', stream);
  });
  return (stream, headers) => {
    const isUpgrade =
      headers[':method'] === 'CONNECT' && headers[':authority'] === UPGRADE_AUTHORITY;
    (isUpgrade ? upgrade : onRequest)(stream, headers);
  };
}
