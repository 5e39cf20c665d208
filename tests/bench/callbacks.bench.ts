import { createHash, randomBytes } from 'node:crypto';
import { HOST, startRelay, untilSessions } from './support/causeway.ts';
import type { GeneratorResult, GeneratorRun } from './support/callback-generator.ts';
import { cpuTime } from './support/cpu.ts';
import {
  startGatewayProgram,
  type BenchBot,
  type GatewayProgram,
  type GatewayProgramOptions,
} from './support/gateway-program.ts';
import { startNode, type Answering } from './support/processes.ts';

export const title =
  'callbacks a second, signed and encrypted, each answered with an encrypted reply after the commit';

const SECONDS = Number(process.env['CAUSEWAY_BENCH_SECONDS'] ?? 10);
const CONNECTIONS = 256;
const SENDERS = 5_000;
/** Enough for what may be without an answer at once. */
const SUBSCRIBERS = 4;
/** Before the clock starts: a program that has just begun is still being compiled. */
const WARM_UP = { rate: 1_000, seconds: 3 };
const PUBLIC_RATES = [1_000, 2_000, 3_000];

interface Row {
  readonly name: string;
  readonly bots: number;
  readonly path: '/reply' | '/silent' | '/away' | 'websocket' | null;
  readonly rates: readonly number[];
}

const rows: readonly Row[] = [
  { name: 'gateway alone', bots: 1, path: '/reply', rates: [1_500, 3_000, 4_500, 6_000] },
  { name: 'over WebSocket', bots: 1, path: 'websocket', rates: [1_500, 3_000, 4_500, 6_000] },
  { name: '1,000 bots', bots: 1_000, path: '/reply', rates: [3_000, 6_000] },
  { name: 'target says nothing', bots: 1, path: '/silent', rates: [3_000, 6_000] },
  { name: 'kept, no target', bots: 1, path: null, rates: [3_000, 6_000] },
  { name: 'target answers 503', bots: 1, path: '/away', rates: [1_500, 3_000] },
];

/**
 * The gateway runs as the product does, in a process of its own; WeCom and the internal service are one other process. With
 * `CAUSEWAY_BENCH_ONLY=NAME` one row is taken, with `CAUSEWAY_BENCH_RATES=N,N` at other rates.
 */
export async function run(print: (line: string) => void): Promise<void> {
  const only = process.env['CAUSEWAY_BENCH_ONLY'];
  const given = process.env['CAUSEWAY_BENCH_RATES']?.split(',').map(Number);
  const wanted = (name: string): boolean => only === undefined || only === name;
  for (const row of rows.filter(({ name }) => wanted(name))) {
    await measureGateway({ ...row, rates: given ?? row.rates }, print);
  }
  if (wanted('end to end')) await measurePublic(given ?? PUBLIC_RATES, print);
}

function makeBots(count: number): BenchBot[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `bot-${n}`,
    token: randomBytes(12).toString('hex'),
    encodingAESKey: Array.from(randomBytes(43), (byte) => ALPHABET[byte % ALPHABET.length]).join(
      '',
    ),
    receiveId: 'wwbench',
  }));
}
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

type Way = Pick<GeneratorRun, 'port' | 'tls'>;

async function load(
  generator: Answering,
  gateway: GatewayProgram,
  name: string,
  way: Way,
  bots: readonly BenchBot[],
  rates: readonly number[],
  print: (line: string) => void,
): Promise<void> {
  const ask = async (rate: number, seconds: number): Promise<GeneratorResult> => {
    const run = { ...way, bots, rate, seconds, connections: CONNECTIONS, senders: SENDERS };
    const { result } = (await generator.ask(run)) as { result: GeneratorResult };
    return result;
  };
  await ask(WARM_UP.rate, WARM_UP.seconds);
  for (const rate of rates) {
    const before = { gateway: cpuTime(gateway.pid), generator: cpuTime(generator.pid) };
    const result = await ask(rate, SECONDS);
    const after = { gateway: cpuTime(gateway.pid), generator: cpuTime(generator.pid) };
    const each = (used: number): string => (used / Math.max(1, result.answered)).toFixed(0);
    print(
      `${name.padEnd(20)} ${String(rate).padStart(5)}/s offered  ${(result.answered / result.seconds).toFixed(0).padStart(5)}/s answered  ` +
        `${result.answered} of ${result.sent}, ${result.replied} with a reply, ${result.refused} refused, ${result.open} open  ` +
        `p50 ${result.p50.toFixed(1)}  p99 ${result.p99.toFixed(1)}  p99.9 ${result.p999.toFixed(1)} ms  ` +
        `gateway ${each(after.gateway.all - before.gateway.all)} µs (main thread ${each(after.gateway.main - before.gateway.main)}), ` +
        `generator ${each(after.generator.all - before.generator.all)} µs a callback`,
    );
  }
}

function targetOf({ path }: Row, service: string, key: string): GatewayProgramOptions['target'] {
  if (path === null) return null;
  if (path !== 'websocket') return { url: service + path };
  return { keyHash: createHash('sha256').update(key).digest('hex') };
}

async function measureGateway(row: Row, print: (line: string) => void): Promise<void> {
  const generator = await startNode('callback-generator.ts');
  const bots = makeBots(row.bots);
  const service = `http://127.0.0.1:${generator.ready['service'] ?? ''}`;
  const key = randomBytes(24).toString('base64url');
  const gateway = await startGatewayProgram({ bots, target: targetOf(row, service, key) });
  try {
    const port = Number(new URL(gateway.address).port);
    if (row.path === 'websocket') await generator.ask({ port, subscribers: SUBSCRIBERS, key });
    await load(generator, gateway, row.name, { port }, bots, row.rates, print);
  } finally {
    await gateway.stop();
    await generator.stop();
  }
}

async function measurePublic(
  rates: readonly number[],
  print: (line: string) => void,
): Promise<void> {
  const relay = await startRelay();
  const generator = await startNode('callback-generator.ts');
  const bots = makeBots(1);
  const target = { url: `http://127.0.0.1:${generator.ready['service'] ?? ''}/reply` };
  const relayToken = await relay.token();
  const gateway = await startGatewayProgram({ bots, target, relayToken });
  try {
    await untilSessions(relay, 2);
    const way = { port: relay.publicPort, tls: { ca: relay.ca, name: HOST } };
    await load(generator, gateway, 'end to end', way, bots, rates, print);
  } finally {
    await gateway.stop();
    await generator.stop();
    await relay.stop();
  }
}
