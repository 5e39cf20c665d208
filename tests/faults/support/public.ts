import { createHash } from 'node:crypto';
import https from 'node:https';

/** Where and as whom to call from outside. */
export interface Public {
  readonly port: number;
  readonly ca: string;
  readonly host: string;
  /** Address to connect to; loopback where it is left out. */
  readonly address?: string;
}

export interface Call {
  readonly path: string;
  readonly method?: string;
  readonly body?: Buffer | Generator<Buffer>;
  /** Without a length: the body is chunked. */
  readonly chunked?: boolean;
  readonly headers?: Record<string, string>;
  readonly agent?: https.Agent;
  /** After this long a request counts as lost. */
  readonly deadlineMs?: number;
  /** Keeps the body as a hash only. */
  readonly hashOnly?: boolean;
}

/** What came of a public request. Everything but `lost` is a definite answer. */
export interface Outcome {
  /** `200`, `502 AGENT_LOST`, `ECONNRESET`, `ECONNREFUSED`, `broken off`, or `lost`. */
  readonly name: string;
  readonly status: number;
  readonly source: string;
  readonly body: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly ms: number;
}

const DEADLINE_MS = 65_000;

/** One request over HTTP/1.1; never rejects. */
export function call(to: Public, options: Call): Promise<Outcome> {
  const began = performance.now();
  return new Promise((resolve) => {
    let status = 0;
    let source = '';
    let code = '';
    let bytes = 0;
    let whole = false;
    const hash = createHash('sha256');
    const chunks: Buffer[] = [];
    let settled = false;
    const settle = (name: string): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve({
        name,
        status,
        source,
        body: Buffer.concat(chunks).toString('utf8'),
        bytes,
        sha256: hash.digest('hex'),
        ms: performance.now() - began,
      });
    };
    const { body } = options;
    const length = body instanceof Buffer && options.chunked !== true ? body.length : null;
    const request = https.request({
      host: to.address ?? '127.0.0.1',
      port: to.port,
      ca: to.ca,
      servername: to.host,
      path: options.path,
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      agent: options.agent ?? false,
      headers: {
        host: to.host,
        ...(length === null ? {} : { 'content-length': length }),
        ...options.headers,
      },
    });
    const timer = setTimeout(() => {
      settle('lost');
      request.destroy();
    }, options.deadlineMs ?? DEADLINE_MS);
    request.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'broken off'));
    request.on('response', (response) => {
      status = response.statusCode ?? 0;
      source = String(response.headers['x-causeway-source'] ?? '');
      code = String(response.headers['x-causeway-error'] ?? '');
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        hash.update(chunk);
        if (options.hashOnly !== true) chunks.push(chunk);
      });
      response.on('error', () => settle('broken off'));
      response.on('end', () => (whole = response.complete));
      response.on('close', () =>
        settle(whole ? `${status}${code === '' ? '' : ` ${code}`}` : 'broken off'),
      );
    });
    if (body === undefined || body instanceof Buffer) request.end(body);
    else sendAll(request, body as Generator<Buffer>);
  });
}

function sendAll(request: NodeJS.WritableStream, chunks: Generator<Buffer>): void {
  const push = (): void => {
    for (let next = chunks.next(); next.done !== true; next = chunks.next()) {
      if (!request.write(next.value)) {
        request.once('drain', push);
        return;
      }
    }
    request.end();
  };
  push();
}

/** Outcomes by name, and what a table says of them. */
export interface Tally {
  add(outcome: Outcome): void;
  readonly sent: number;
  count(name: string): number;
  /** `412 sent: 400 × 200, 12 × 502 AGENT_LOST, 0 lost` */
  text(): string;
  readonly lost: number;
  /** Slowest answer, milliseconds. */
  readonly slowestMs: number;
  percentile(share: number): number;
}

export function tally(): Tally {
  const counts = new Map<string, number>();
  const times: number[] = [];
  return {
    add: ({ name, ms }) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      times.push(ms);
    },
    get sent() {
      return times.length;
    },
    count: (name) => counts.get(name) ?? 0,
    text: () => {
      const parts = [...counts]
        .filter(([name]) => name !== 'lost')
        .map(([name, count]) => `${count} × ${name}`);
      return `${times.length} sent: ${parts.join(', ')}; ${counts.get('lost') ?? 0} lost`;
    },
    get lost() {
      return counts.get('lost') ?? 0;
    },
    get slowestMs() {
      return Math.max(0, ...times);
    },
    percentile: (share) => {
      const sorted = times.toSorted((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    },
  };
}

/** A load that runs until it is stopped: `rate` requests a second, whether or not earlier ones were answered. */
export interface Load {
  readonly tally: Tally;
  /** Sends no more and resolves when every request has its outcome. */
  stop(): Promise<Tally>;
}

export function startLoad(to: Public, rate: number, make: (index: number) => Call): Load {
  const result = tally();
  const agent = new https.Agent({ keepAlive: true, maxSockets: 64 });
  const open = new Set<Promise<void>>();
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * rate);
    for (; sent < due; sent += 1) {
      const one: Promise<void> = call(to, { agent, ...make(sent) })
        .then((outcome) => result.add(outcome))
        .finally(() => open.delete(one));
      open.add(one);
    }
  }, 5);
  return {
    tally: result,
    stop: async () => {
      clearInterval(timer);
      while (open.size > 0) await Promise.all(open);
      agent.destroy();
      return result;
    },
  };
}
