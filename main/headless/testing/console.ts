import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { CONSOLE_SOCKET_PATH } from '../../../common/contract/wire.ts';
import { createCore, createFileSecretBox, type Core } from '../../core/index.ts';
import { startConsoleServer, type ConsoleOptions, type ConsoleServer } from '../serve/index.ts';

/** A directory that goes away with the test. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-headless-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A console of one page and one script. */
export function rendererDir(): string {
  const dir = tempDir();
  mkdirSync(join(dir, 'assets'));
  writeFileSync(
    join(dir, 'index.html'),
    '<meta property="csp-nonce" nonce="__CSP_NONCE__"><p>console</p>',
  );
  writeFileSync(join(dir, 'assets', 'app-1a2b.js'), 'export {};');
  writeFileSync(join(dir, 'secret.txt'), 'not part of the console');
  return dir;
}

export async function startTestCore(dataDir = tempDir()): Promise<Core> {
  const core = await createCore({
    dataDir,
    secrets: await createFileSecretBox(join(dataDir, 'secret.key')),
    host: {},
    version: '1.2.3',
    systemLocale: 'en',
    managementListen: { host: '127.0.0.1', port: 0 },
  });
  onTestFinished(() => core.stop(0));
  return core;
}

export async function startTestConsole(
  options: Partial<ConsoleOptions> = {},
): Promise<ConsoleServer> {
  const server = await startConsoleServer({
    core: options.core ?? (await startTestCore()),
    rendererDir: rendererDir(),
    port: 0,
    readonly: false,
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * One request with exactly these headers, where fetch would set Host and Sec-Fetch fields of its own, and with `path` as it is,
 * where a URL would be tidied first.
 */
export async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; path?: string } = {},
): Promise<Answer> {
  const sent = request(url, { ...options, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await text(response),
  };
}

/** Opens a login link and returns the cookie for later requests. */
export async function logIn(server: ConsoleServer): Promise<string> {
  const { headers } = await ask(server.loginLink());
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** Tries an upgrade: the open socket, or the status that refused it. */
export async function upgrade(
  server: ConsoleServer,
  headers: Record<string, string>,
  path: string = CONSOLE_SOCKET_PATH,
): Promise<WebSocket | number> {
  const socket = new WebSocket(`${server.origin.replace('http', 'ws')}${path}`, { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve) => {
    socket.on('open', () => {
      // Frames wait until somebody listens for them.
      socket.pause();
      resolve(socket);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', () => resolve(0));
  });
}
