// WeCom and the internal service in one process of their own: sends prepared callbacks at a fixed rate over kept connections,
// whether or not earlier ones were answered, and answers the gateway's calls at once. Plain sockets, so that it costs a
// fraction of what the gateway does.
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { subscribe, type Subscription } from './subscriber.ts';
import { signedTextCallback } from '../../support/callback.ts';
import type { BenchBot } from './gateway-program.ts';
import { createLatencies } from './histogram.ts';

/** One run; answered with {@link GeneratorResult}. */
export interface GeneratorRun {
  readonly bots: readonly BenchBot[];
  readonly port: number;
  /** TLS with this CA and name; plain HTTP where it is left out. */
  readonly tls?: { readonly ca: string; readonly name: string };
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
  readonly senders: number;
}

export interface GeneratorResult {
  readonly sent: number;
  /** 200 in all. */
  readonly answered: number;
  /** Of these, with an encrypted reply. */
  readonly replied: number;
  /** Reset, or answered with another status. */
  readonly refused: number;
  /** Not answered some seconds after the last was due. */
  readonly open: number;
  readonly seconds: number;
  /** From the moment a callback was due, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Calls that the internal service has answered since it started. */
  readonly delivered: number;
}

const REPLY = '{"reply":{"type":"text","content":"received"}}';
const HEAD_END = Buffer.from('\r\n\r\n');
/** How long to wait for the last answers, milliseconds. */
const TAIL_MS = 10_000;

let serial = 0;
let delivered = 0;

function bodyLength(head: string): number {
  return Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
}

/** Calls `onMessage` for each whole HTTP/1.1 message with a known length. */
function readMessages(socket: Socket, onMessage: (head: string, body: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf(HEAD_END);
      if (end === -1) return;
      const head = rest.toString('latin1', 0, end);
      const length = bodyLength(head);
      const start = end + HEAD_END.length;
      if (rest.length < start + length) return;
      const body = rest.subarray(start, start + length);
      rest = rest.subarray(start + length);
      onMessage(head, body);
    }
  });
}

function startService(): Promise<number> {
  const answer = (content: string, status = '200 OK'): string =>
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${content.length}\r\n\r\n${content}`;
  const replying = answer(REPLY);
  const others = new Map([
    ['/silent', answer('{}')],
    ['/away', answer('{}', '503 Service Unavailable')],
  ]);
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    readMessages(socket, (head) => {
      delivered += 1;
      socket.write(others.get(head.slice('POST '.length, head.indexOf(' HTTP'))) ?? replying);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
  });
}

/** Whole requests, made before the clock starts. Their signatures are of now. */
function prepare({ bots, rate, seconds, senders, tls: secure }: GeneratorRun): Buffer[] {
  return Array.from({ length: Math.round(rate * seconds) }, () => {
    serial += 1;
    const bot = bots[serial % bots.length];
    if (bot === undefined) throw new Error('a bot is needed');
    // As in an organisation: messages of one conversation wait for each other.
    const sender = `user${serial % senders}`;
    const { query, body } = signedTextCallback(bot, `message ${serial}`, Date.now(), sender);
    return Buffer.from(
      `POST /wecom/callback/${bot.id}?${query} HTTP/1.1\r\nhost: ${secure?.name ?? '127.0.0.1'}\r\n` +
        `content-type: text/xml\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}

async function connect(run: GeneratorRun): Promise<Socket> {
  const { port } = run;
  const socket =
    run.tls === undefined
      ? net.connect(port, '127.0.0.1')
      : tls.connect({
          ...{ port, host: '127.0.0.1', ca: run.tls.ca, servername: run.tls.name },
          ALPNProtocols: ['http/1.1'],
        });
  await new Promise<void>((resolve, reject) => {
    socket.once(run.tls === undefined ? 'connect' : 'secureConnect', () => resolve());
    socket.once('error', reject);
  });
  socket.setNoDelay(true);
  return socket;
}

async function measure(run: GeneratorRun): Promise<GeneratorResult> {
  const requests = prepare(run);
  const idle: Socket[] = [];
  const working = new Map<Socket, number>();
  const waiting: number[] = [];
  const latencies = createLatencies();
  let answered = 0;
  let replied = 0;
  let refused = 0;
  let began = 0;
  let over = false;
  const sockets = new Set<Socket>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const done = (): void => {
    if (answered + refused === requests.length) end();
  };
  const give = (socket: Socket, index: number): void => {
    working.set(socket, index);
    const request = requests[index];
    if (request !== undefined) socket.write(request);
  };
  const open = async (): Promise<void> => {
    const socket = await connect(run);
    readMessages(socket, (head, body) => {
      const index = working.get(socket);
      if (index === undefined) return;
      working.delete(socket);
      if (head.startsWith('HTTP/1.1 200')) {
        answered += 1;
        if (body.includes('<Encrypt>')) replied += 1;
        latencies.add(performance.now() - began - (index / run.rate) * 1000);
      } else refused += 1;
      const next = waiting.shift();
      if (next === undefined) idle.push(socket);
      else give(socket, next);
      done();
    });
    const lost = (): void => {
      sockets.delete(socket);
      if (working.delete(socket)) refused += 1;
      const at = idle.indexOf(socket);
      if (at !== -1) idle.splice(at, 1);
      // As WeCom does: the next callback gets a connection of its own.
      if (!over) void open().catch(() => undefined);
      done();
    };
    socket.on('close', lost);
    socket.on('error', () => socket.destroy());
    sockets.add(socket);
    const first = waiting.shift();
    if (first === undefined) idle.push(socket);
    else give(socket, first);
  };
  for (let n = 0; n < run.connections; n += 32) {
    await Promise.all(Array.from({ length: Math.min(32, run.connections - n) }, open));
  }

  began = performance.now();
  for (let index = 0; index < requests.length;) {
    const due = Math.floor(((performance.now() - began) / 1000) * run.rate) + 1;
    for (; index < Math.min(due, requests.length); index += 1) {
      const socket = idle.pop();
      if (socket === undefined) waiting.push(index);
      else give(socket, index);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }
  const tail = setTimeout(end, TAIL_MS);
  await ended;
  clearTimeout(tail);
  const seconds = (performance.now() - began) / 1000;
  over = true;
  for (const socket of sockets) socket.destroy();
  return {
    sent: requests.length,
    ...{ answered, replied, seconds, delivered },
    refused,
    open: requests.length - answered - refused,
    p50: latencies.percentile(0.5),
    p99: latencies.percentile(0.99),
    p999: latencies.percentile(0.999),
  };
}

const service = await startService();
process.on('message', (request: GeneratorRun | Subscription) => {
  const done =
    'subscribers' in request ? subscribe(request, REPLY, () => (delivered += 1)) : measure(request);
  void done.then((result) => process.send?.({ result }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: { service: String(service) } });
