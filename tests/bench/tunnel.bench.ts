import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureConnections } from './support/connections.ts';
import { startCauseway, startCore } from './support/causeway.ts';
import {
  startLocaltunnel,
  startNginx,
  startSsh,
  startSshBehindTls,
  startSshInStunnel,
  type Peer,
} from './support/peers.ts';
import { startNode } from './support/processes.ts';
import { bodies, burst } from './support/wrk.ts';

export const title =
  'the tunnel beside others: requests a second and p50/p99 ms at 1, 32, 64, 512 connections; 100 MB each way; a new connection';

const CONNECTIONS = [1, 32, 64, 512];
const BODY = 100 * 2 ** 20;

/** Every peer has the machine to itself while it is measured; the public side is plain TCP where the name does not say TLS, that of Causeway is TLS always. */
export async function run(print: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-tunnel-bench-'));
  const file = join(folder, 'body');
  await writeFile(file, Buffer.alloc(BODY, 0x61));
  const origin = await startNode('origin-program.ts');
  const port = Number(origin.ready['port']);
  const peers: Record<string, () => Promise<Peer | null>> = {
    direct: async () => ({
      url: `http://127.0.0.1:${port}/`,
      host: '127.0.0.1',
      stop: async () => undefined,
    }),
    'nginx (no tunnel)': () => startNginx(folder, port),
    'nginx, TLS (no tunnel)': () => startNginx(folder, port, 'https'),
    'Causeway, tunnel end': () => startCauseway(),
    'the same, two relays': () => startCauseway(2),
    'Causeway, origin': () => startCore(port),
    'ssh -R': async () => startSsh(await mkdtemp(join(folder, 'ssh-')), port),
    'ssh -R behind TLS': async () => startSshBehindTls(await mkdtemp(join(folder, 'ssh-')), port),
    'ssh -R in stunnel mTLS': async () =>
      startSshInStunnel(await mkdtemp(join(folder, 'stunnel-')), port),
    localtunnel: () => startLocaltunnel(port),
  };
  const only = process.env['CAUSEWAY_BENCH_ONLY'];
  const cell = (text: string, width: number): string => text.padStart(width);
  print(
    `${''.padEnd(24)}${CONNECTIONS.map((c) => cell(`c${c}: rps p50 p99`, 26)).join('')}${cell('down MB/s', 11)}${cell('up MB/s', 9)}${cell('new ms', 8)}`,
  );
  try {
    for (const [name, start] of Object.entries(peers)) {
      if (only !== undefined && !name.includes(only)) continue;
      const peer = await start();
      if (peer === null) {
        print(`${name.padEnd(24)}  not installed`);
        continue;
      }
      try {
        let line = name.padEnd(24);
        for (const connections of CONNECTIONS) {
          const { rps, p50, p99, failed } = await burst(
            peer.url,
            connections,
            peer.host,
            // The handshakes of a run are part of it.
            connections > 100 ? 6 : 3,
          );
          const note = failed === 0 ? '' : ` !${failed}`;
          line += cell(`${rps.toFixed(0)} ${p50.toFixed(2)} ${p99.toFixed(1)}${note}`, 26);
        }
        const { down, up, connectMs } = await bodies(peer.url, peer.host, file, BODY);
        line += cell(down.toFixed(0), 11) + cell(up.toFixed(0), 9) + cell(connectMs.toFixed(1), 8);
        print(line);
      } finally {
        await peer.stop();
      }
    }
    if (only === undefined || only === 'connections') await measureConnections(print);
  } finally {
    await origin.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
