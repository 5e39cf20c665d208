import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createGunzip, gzip, gzipSync } from 'node:zlib';
import { silentLogger } from '../../common/domain/log.ts';
import { CODING_LEVEL } from '../../common/tunnel/compression.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { createTunnelClient, enrol, type DeviceIdentity } from '../../main/core/tunnel/index.ts';
import { onDuplex } from '../../main/core/tunnel/testing/duplex.ts';
import { h1, type PublicCall } from '../../relay/testing/public.ts';
import { startRelay } from '../../relay/testing/relay.ts';

export const title =
  'bytes between client and relay, TLS and all, with transport.compression off and on';

const onThreadGzip = promisify(gzip);

const REQUESTS = 200;
const WARM_UP = 50;

interface Sample {
  readonly type: string;
  readonly body: Buffer;
}

/** Bodies as internal services and their clients send them. */
const samples: Readonly<Record<string, Sample>> = {
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
  'JSON, 4 KB': {
    type: 'application/json',
    body: Buffer.from(
      JSON.stringify(
        Array.from({ length: 60 }, (_, id) => ({ id, customer: `客户 ${id}`, amount: id * 17.5 })),
      ),
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

interface Figures {
  readonly bytes: number;
  readonly ms: number;
  /** Microseconds of the processor: client, relay and device together. */
  readonly cpu: number;
}

type Direction = 'answer' | 'request';

async function measure(
  compression: boolean,
  direction: Direction,
  { type, body }: Sample,
): Promise<Figures> {
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
    handleStream: onDuplex((stream, _headers, source) => {
      if (direction === 'answer') {
        stream.respond({ ':status': 200, 'content-type': type, 'content-length': body.length });
        stream.end(body);
        return;
      }
      const answer = (got: Buffer): void =>
        stream.respond({ ':status': got.equals(body) ? 200 : 500 }, { endStream: true });
      buffer(source).then(answer, () => stream.destroy());
    }),
  });
  tunnel.setIdentity({ ...identity, endpoint: { host: '127.0.0.1', port: line.port } });
  tunnel.connect();
  const call: PublicCall =
    direction === 'answer'
      ? { path: '/' }
      : { path: '/', body, headers: { 'content-type': type }, method: 'POST' };
  const ask = async (): Promise<void> => {
    const answer = await h1(to, call);
    const isRight = answer.status === 200 && (direction === 'request' || answer.body.equals(body));
    if (!isRight) throw new Error('what came is not what was sent');
  };
  try {
    await online.promise;
    while ((await h1(to, call)).status !== 200);
    for (let count = 0; count < WARM_UP; count += 1) await ask();
    const before = line.bytes();
    const used = process.cpuUsage();
    const began = performance.now();
    for (let count = 0; count < REQUESTS; count += 1) await ask();
    const { user, system } = process.cpuUsage(used);
    return {
      bytes: (line.bytes() - before) / REQUESTS,
      ms: (performance.now() - began) / REQUESTS,
      cpu: (user + system) / REQUESTS,
    };
  } finally {
    await tunnel.stop(0);
    line.close();
    await to.close();
  }
}

export async function run(print: (line: string) => void): Promise<void> {
  const cell = ({ bytes, ms, cpu }: Figures): string =>
    `${Math.round(bytes)} B ${ms.toFixed(1)} ms ${Math.round(cpu)} µs CPU`.padStart(32);
  for (const direction of ['answer', 'request'] as const) {
    print(`${direction.padEnd(24)}${'off'.padStart(32)}${'on'.padStart(32)}${'saved'.padStart(8)}`);
    for (const [name, sample] of Object.entries(samples)) {
      const off = await measure(false, direction, sample);
      const on = await measure(true, direction, sample);
      const saved = `${Math.round((1 - on.bytes / off.bytes) * 100)} %`;
      print(`${name.padEnd(24)}${cell(off)}${cell(on)}${saved.padStart(8)}`);
    }
  }
  print('');
  print('one core, microseconds for a body: gzip by the relay at once or on a thread, gunzip');
  for (const [name, { body }] of [...Object.entries(samples), ...callbacks]) {
    print(`${name.padEnd(24)}${await codingCost(body)}`);
  }
}

/** Bodies of callbacks, which are never coded; this is why. */
const callbacks: readonly (readonly [string, Sample])[] = [1_024, 4_096, 16_384].map((length) => {
  const cipher = randomBytes((length * 3) / 4 - 96).toString('base64');
  const body = Buffer.from(
    `<xml><ToUserName><![CDATA[ww0123456789abcdef]]></ToUserName><Encrypt><![CDATA[${cipher}]]></Encrypt></xml>`,
  );
  return [`callback, ${length / 1_024} KB`, { type: 'text/xml', body }];
});

async function codingCost(body: Buffer): Promise<string> {
  const options = { level: CODING_LEVEL };
  const coded = gzipSync(body, options);
  const cost = async (work: () => unknown): Promise<string> => {
    for (let count = 0; count < WARM_UP; count += 1) await work();
    const used = process.cpuUsage();
    for (let count = 0; count < REQUESTS * 5; count += 1) await work();
    const { user, system } = process.cpuUsage(used);
    return `${Math.round((user + system) / (REQUESTS * 5))}`.padStart(6);
  };
  const atOnce = await cost(() => gzipSync(body, options));
  const onThread = await cost(() => onThreadGzip(body, options));
  const decoding = await cost(async () => {
    const gunzip = createGunzip();
    gunzip.end(coded);
    await buffer(gunzip);
  });
  const size = `${body.length} → ${coded.length} B`.padStart(18);
  const share = `${Math.round((coded.length / body.length) * 100)} %`.padStart(6);
  return `${size}${share}${atOnce}${onThread}${decoding}`;
}
