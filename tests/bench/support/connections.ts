import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import net from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { silentLogger } from '../../../common/domain/log.ts';
import { errorCode } from '../../../common/http2/errors.ts';
import { createCsr } from '../../../main/core/certificates/index.ts';
import { createTunnelClient, type TunnelClient } from '../../../main/core/tunnel/index.ts';
import { openAuthority } from '../../../relay/ca/authority.ts';
import { enrol } from '../../../relay/control/enrolment.ts';
import { openStore } from '../../../relay/store/index.ts';
import { HOST, startRelay, TUNNEL, untilSessions } from './causeway.ts';
import { startNode } from './processes.ts';
import { burst } from './wrk.ts';

const IDLE = 10_000;
const BUSY = 512;
const CLIENTS = 1_000;
const AT_ONCE = 50;

/** Memory of the relay with many idle public connections, and with many tunnel clients; what Node alone needs for the former. */
export async function measureConnections(print: (line: string) => void): Promise<void> {
  await measureIdle(print);
  await measureClients(print);
}

async function measureIdle(print: (line: string) => void): Promise<void> {
  const relay = await startRelay({ connections: IDLE + 100, connectionsPerSource: IDLE + 100 });
  try {
    const { publicPort: port, ca, program } = relay;
    const said = await holdIdle({ port, ca }, async () => (await program.stats()).rssMb);
    print(`\n${IDLE} idle public connections: relay ${said}`);
    const files = ['public.pem', 'public-key.pem'].map((name) => join(relay.dataDir, name));
    const bare = await startNode('https-program.ts', files);
    try {
      const rssMb = async () => ((await bare.ask({})) as { rssMb: number }).rssMb;
      const port = Number(bare.ready['port']);
      print(`the same, node:https alone: ${await holdIdle({ port, ca }, rssMb)}`);
      const { rps, p50, p99 } = await burst(`https://127.0.0.1:${port}/`, BUSY, HOST, 6);
      const figures = `${rps.toFixed(0)} a second, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(1)} ms`;
      print(`${BUSY} busy connections, node:https alone with empty answers: ${figures}`);
    } finally {
      await bare.stop();
    }
  } finally {
    await relay.stop();
  }
}

/** Memory of a server before and after so many connections that only shake hands. */
async function holdIdle(to: PublicEnd, rssMb: () => Promise<number>): Promise<string> {
  const sockets: TLSSocket[] = [];
  try {
    const before = await rssMb();
    const began = performance.now();
    while (sockets.length < IDLE) {
      sockets.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => dial(to)))));
    }
    const seconds = (performance.now() - began) / 1_000;
    const after = await rssMb();
    const kb = ((after - before) * 1_024) / IDLE;
    return (
      `${before.toFixed(0)} → ${after.toFixed(0)} MB resident, ` +
      `${kb.toFixed(1)} KB each; opened at ${(IDLE / seconds).toFixed(0)}/s`
    );
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

interface PublicEnd {
  readonly port: number;
  readonly ca: string;
}

/** From several addresses: one has too few ports for all. */
let dials = 0;
async function dial({ port, ca }: PublicEnd): Promise<TLSSocket> {
  dials += 1;
  const socket = tls.connect({
    socket: net.connect({
      host: '127.0.0.1',
      port,
      localAddress: `127.0.0.${2 + (dials % 4)}`,
    }),
    ca,
    servername: HOST,
    ALPNProtocols: ['http/1.1'],
  });
  await once(socket, 'secureConnect');
  return socket;
}

async function measureClients(print: (line: string) => void): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-bench-relay-'));
  const identities = await enrolMany(dataDir);
  const relay = await startRelay({}, { dataDir });
  const [host = '', port = ''] = (relay.program.ready['control'] ?? '').split(':');
  const clients: TunnelClient[] = [];
  try {
    const before = await relay.program.stats();
    const began = performance.now();
    for (const identity of identities) {
      const client = createTunnelClient({
        log: silentLogger,
        version: '0.0.0',
        handleStream: (stream) => stream.close(errorCode.REFUSED_STREAM),
        onChange: () => undefined,
        onIdentity: async () => undefined,
        timing: { dial: 60_000, pingDeadline: 60_000 },
      });
      client.setIdentity({ ...identity, endpoint: { host, port: Number(port) } });
      client.connect();
      clients.push(client);
      while (clients.filter((one) => !one.stats().up).length >= AT_ONCE) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await untilSessions(relay, CLIENTS * 2);
    const seconds = (performance.now() - began) / 1_000;
    const after = await relay.program.stats();
    const kb = ((after.rssMb - before.rssMb) * 1_024) / CLIENTS;
    print(
      `${CLIENTS} tunnel clients, 3 connections each: relay ${before.rssMb.toFixed(0)} → ${after.rssMb.toFixed(0)} MB resident, ` +
        `${kb.toFixed(0)} KB each; online at ${(CLIENTS / seconds).toFixed(0)}/s`,
    );
  } finally {
    await Promise.all(clients.map((client) => client.stop(0)));
    await relay.stop();
  }
}

/** Devices put straight into the relay's store: its port lets ten enrol at once, for good reason. */
async function enrolMany(dataDir: string) {
  const store = openStore(dataDir);
  try {
    const authority = await openAuthority(dataDir, Date.now);
    const created = store.tunnels.create(TUNNEL, [HOST], Date.now());
    if ('taken' in created) throw new Error('the tunnel is there already');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const csr = createCsr(key, 'bench');
    const device = { hostname: 'bench', platform: 'linux', version: '0.0.0' };
    const identities = [];
    for (let n = 0; n < CLIENTS; n += 1) {
      const secret = store.tokens.create(created.tunnel.id, Date.now(), Date.now() + 60_000);
      const issued = await enrol({ secret, csr, device }, { store, authority, now: Date.now });
      const { deviceId, tunnel, domains, certificate, ca } = issued;
      identities.push({ deviceId, tunnel, domains, certificate, ca, privateKey: key });
    }
    return identities;
  } finally {
    store.close();
  }
}
