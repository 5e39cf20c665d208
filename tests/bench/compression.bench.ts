import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { silentLogger } from '../../common/domain/log.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { createTunnelClient, enrol, type DeviceIdentity } from '../../main/core/tunnel/index.ts';
import { h1 } from '../../relay/testing/public.ts';
import { startRelay } from '../../relay/testing/relay.ts';

export const title =
  'bytes between client and relay, TLS and all, with transport.compression off and on';

const REQUESTS = 50;

/** Answers as internal services give them. */
const answers: Readonly<Record<string, { readonly type: string; readonly body: Buffer }>> = {
  'JSON, 200 KB': {
    type: 'application/json',
    body: Buffer.from(
      JSON.stringify(
        Array.from({ length: 2_500 }, (_, id) => ({
          id,
          customer: `客户 ${id}`,
          state: id % 3 === 0 ? 'open' : 'done',
          amount: id * 17.5,
        })),
      ),
    ),
  },
  'HTML, 30 KB': {
    type: 'text/html; charset=utf-8',
    body: Buffer.from(
      `<!doctype html><table>${Array.from({ length: 400 }, (_, row) => `<tr class="row"><td>${row}</td><td>Message of bot ${row % 7}</td></tr>`).join('')}</table>`,
    ),
  },
  'JSON, 300 B': { type: 'application/json', body: Buffer.from(`{"text":"${'x'.repeat(280)}"}`) },
};

/** A TCP proxy before the control port that counts what passes. */
async function countingLine(target: { host: string; port: number }) {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(target.port, target.host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('data', (chunk) => {
        bytes += chunk.length;
      });
      from.once('close', () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => bytes,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function measure(
  compression: boolean,
  { type, body }: { readonly type: string; readonly body: Buffer },
): Promise<{ readonly bytes: number; readonly ms: number }> {
  const to = await startRelay();
  const token = decodeToken(to.relay.createToken('acme', 60_000));
  const facts = { hostname: 'bench', platform: 'linux', version: '0' };
  const identity: DeviceIdentity = await enrol({ token, facts });
  const line = await countingLine(identity.endpoint);
  const online = Promise.withResolvers<void>();
  const tunnel = createTunnelClient({
    log: silentLogger,
    version: '0',
    compression,
    onIdentity: async () => undefined,
    onChange: ({ state }) => {
      if (state.phase === 'online' && state.sessions.live === 2) online.resolve();
    },
    handleStream: (stream) => {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 200, 'content-type': type, 'content-length': body.length });
      stream.end(body);
    },
  });
  tunnel.setIdentity({ ...identity, endpoint: { host: '127.0.0.1', port: line.port } });
  tunnel.connect();
  try {
    await online.promise;
    while ((await h1(to, { path: '/' })).status !== 200);
    const before = line.bytes();
    const began = performance.now();
    for (let count = 0; count < REQUESTS; count += 1) {
      const answer = await h1(to, { path: '/' });
      if (!answer.body.equals(body)) throw new Error('the answer is not what was sent');
    }
    return {
      bytes: (line.bytes() - before) / REQUESTS,
      ms: (performance.now() - began) / REQUESTS,
    };
  } finally {
    await tunnel.stop(0);
    line.close();
    await to.close();
  }
}

export async function run(print: (line: string) => void): Promise<void> {
  print(`${'answer'.padEnd(16)}${'off'.padStart(16)}${'on'.padStart(16)}${'saved'.padStart(8)}`);
  for (const [name, answer] of Object.entries(answers)) {
    const off = await measure(false, answer);
    const on = await measure(true, answer);
    const cell = ({ bytes, ms }: typeof on): string =>
      `${Math.round(bytes)} B ${ms.toFixed(1)} ms`.padStart(16);
    const saved = `${Math.round((1 - on.bytes / off.bytes) * 100)} %`;
    print(`${name.padEnd(16)}${cell(off)}${cell(on)}${saved.padStart(8)}`);
  }
}
