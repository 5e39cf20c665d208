import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Agent } from 'undici';
import { onTestFinished } from 'vitest';
import type { MessageRow } from '../../common/domain/history.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { createGateway } from '../gateway.ts';
import type { Gateway, GatewayConfig, GatewayOptions } from '../types.ts';

export const API_KEY = 'cwk_test-key-of-the-gateway';
export const SEND_KEY = 'cwk_test-key-that-may-only-send';

const hash = (key: string): string => createHash('sha256').update(key).digest('hex');

export function testConfig(more: Partial<GatewayConfig>): GatewayConfig {
  return {
    bots: [],
    targets: [],
    defaultBot: null,
    apiKeys: [
      { id: 'reader', hash: hash(API_KEY), scopes: ['read'] },
      { id: 'sender', hash: hash(SEND_KEY), scopes: ['send'] },
    ],
    callbackMaxAgeMs: 300_000,
    retentionMs: 86_400_000,
    ...more,
  };
}

export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'causeway-gateway-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A gateway on a free port and a directory of its own; closed with the test. */
export async function startGateway(
  config: Partial<GatewayConfig>,
  more: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const agent = new Agent();
  const gateway = await createGateway({
    dataDir: more.dataDir ?? (await tempDir()),
    config: testConfig(config),
    listen: { host: '127.0.0.1', port: 0 },
    log: silentLogger,
    egress: { via: 'direct', ip: () => null, dispatcher: () => agent },
    version: '0.0.0-test',
    ...more,
  });
  onTestFinished(async () => {
    await gateway.close(0);
    await agent.close();
  });
  return gateway;
}

export interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An internal service over real HTTP. `answer` gets each request after its body. */
export async function startTarget(
  answer: (response: ServerResponse, heard: Heard) => void,
): Promise<{ url: string; heard: Heard[]; port: number }> {
  const heard: Heard[] = [];
  const server = createServer((incoming, response) => {
    void (async () => {
      const entry = { headers: incoming.headers, body: await text(incoming) };
      heard.push(entry);
      answer(response, entry);
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, heard, port };
}

/** Answers with JSON. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One request over a socket of its own; `reset` where the connection was cut without an answer. */
export function call(
  gateway: Pick<Gateway, 'address'>,
  target: string,
  options: { method?: string; body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<Answered | 'reset'> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${gateway.address}${target}`,
      {
        method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
        agent: false,
        headers: options.headers ?? {},
      },
      (response) => {
        text(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      },
    );
    outgoing.on('error', (error) => {
      if ('code' in error && error.code === 'ECONNRESET') resolve('reset');
      else reject(error);
    });
    outgoing.end(options.body);
  });
}

/** {@link call} where an answer is expected. */
export async function answered(...args: Parameters<typeof call>): Promise<Answered> {
  const result = await call(...args);
  if (result === 'reset') throw new Error('the connection was reset');
  return result;
}

/** Resolves with the first row, past or coming, that `wanted` holds for. */
export function rowWhere(
  gateway: Gateway,
  wanted: (row: MessageRow) => boolean,
): Promise<MessageRow> {
  return new Promise((resolve) => {
    const stop = gateway.onMessage((row) => {
      if (!wanted(row)) return;
      stop();
      resolve(row);
    });
    const known = gateway.listMessages({ limit: 200 }).rows.find(wanted);
    if (known === undefined) return;
    stop();
    resolve(known);
  });
}
