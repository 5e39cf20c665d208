import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../common/domain/log.ts';
import { openAuthority } from '../ca/authority.ts';
import { selfSignedPublic } from '../ca/server-certificate.ts';
import type { Overload } from '../gates/overload.ts';
import type { PublicTls } from '../ingress/server.ts';
import { createRelay, type RelayParts, type RunningRelay } from '../relay.ts';
import type { RelayOptions } from '../types.ts';
import { enrolDevice } from './identity.ts';
import { connectPeer, type Peer, type PeerOptions } from './peer.ts';

/** A relay on free loopback ports with a tunnel `acme` for `bot.test`. */
export interface TestRelay {
  readonly relay: RunningRelay;
  readonly dataDir: string;
  readonly publicPort: number;
  /** The relay's public certificate, its own authority. */
  readonly publicCa: string;
  /** Enrols a new device and connects it, through another port where given. */
  connect(
    peer: Omit<PeerOptions, 'identity'> & { port?: number },
  ): Promise<Peer & { deviceId: string }>;
  close(): Promise<void>;
}

let sharedTls: Promise<PublicTls> | null = null;
let sharedCa: Promise<ReadonlyMap<string, string>> | null = null;

async function makeCa(): Promise<ReadonlyMap<string, string>> {
  const dir = await mkdtemp(join(tmpdir(), 'causeway-relay-ca-'));
  await openAuthority(dir, Date.now);
  const files = new Map<string, string>();
  for (const name of ['ca.key', 'ca.crt']) {
    files.set(name, await readFile(join(dir, name), 'utf8'));
  }
  await rm(dir, { recursive: true, force: true });
  return files;
}

/** Data directories of a test file start with the same CA: making its key is slow, and no test is about it. */
export async function makeDataDir(): Promise<string> {
  sharedCa ??= makeCa();
  const dir = await mkdtemp(join(tmpdir(), 'causeway-relay-'));
  for (const [name, text] of await sharedCa) await writeFile(join(dir, name), text);
  return dir;
}

/** Tests share a machine: how far behind it is must decide nothing, except where overload is what is tested. */
const atEase: Overload = { strain: () => 'none', delayMs: () => 0, stop: () => undefined };

export async function startRelay(
  parts: RelayParts = {},
  options: Partial<RelayOptions> = {},
): Promise<TestRelay> {
  sharedTls ??= selfSignedPublic(['bot.test', '*.wild.test', '127.0.0.1'], Date.now());
  const publicTls = await sharedTls;
  const dataDir = options.dataDir ?? (await makeDataDir());
  const loopback = { host: '127.0.0.1', port: 0 };
  const relay = await createRelay(
    {
      dataDir,
      listen: { public: loopback, control: loopback, admin: loopback },
      controlHost: '127.0.0.1',
      publicTls,
      name: 'test',
      fixedIp: '192.0.2.7',
      egressAllow: [],
      log: silentLogger,
      version: '0.0.0',
      ...options,
    },
    { overload: atEase, ...parts },
  );
  if (relay.listTunnels().length === 0) {
    relay.createTunnel({ name: 'acme', domains: ['bot.test', '*.wild.test'] });
  }
  const peers: Peer[] = [];
  return {
    relay,
    dataDir,
    publicPort: Number(new URL(relay.addresses.public).port),
    publicCa: publicTls.cert,
    connect: async ({ port, ...peer }) => {
      const identity = await enrolDevice(relay.createToken('acme', 60_000));
      const connected = await connectPeer({
        ...peer,
        identity: port === undefined ? identity : { ...identity, port },
      });
      peers.push(connected);
      return { ...connected, deviceId: identity.deviceId };
    },
    close: async () => {
      for (const peer of peers) peer.close();
      await relay.close(0);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
