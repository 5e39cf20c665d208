import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { unusedPort } from '../../support/port.ts';

const PROGRAM = '/usr/sbin/haproxy';
export const hasHaproxy = existsSync(PROGRAM);

/** Resolves when somebody listens. */
export async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (up) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

export interface Haproxy {
  /** Status of one POST; 0 where the connection was cut. */
  send(): Promise<number>;
  /** `UP`, `DOWN` and what HAProxy says between them, by server. */
  state(server: string): Promise<string>;
}

/** HAProxy over the given services, with the figures of the operator's guide scaled down to `interMs`. */
export async function startHaproxy(
  services: Readonly<Record<string, { readonly port: number }>>,
  figures: { readonly interMs: number; readonly timeoutMs: number },
): Promise<Haproxy> {
  const dir = await mkdtemp(join(tmpdir(), 'causeway-haproxy-'));
  const port = await unusedPort();
  const socketPath = join(dir, 'stats');
  const { interMs, timeoutMs } = figures;
  const servers = Object.entries(services).map(
    ([name, service]) =>
      `  server ${name} 127.0.0.1:${service.port} check inter ${interMs}ms fall 3 rise 2 observe layer7 error-limit 3 on-error mark-down`,
  );
  const lines = [
    'global',
    `  stats socket ${socketPath} mode 600 level admin`,
    'defaults',
    '  mode http',
    `  timeout connect ${timeoutMs}ms`,
    '  timeout client 30s',
    `  timeout server ${timeoutMs}ms`,
    `  timeout check ${timeoutMs}ms`,
    '  retries 2',
    '  option redispatch 1',
    '  retry-on all-retryable-errors',
    '  option httpchk GET /up',
    'frontend in',
    `  bind 127.0.0.1:${port}`,
    '  default_backend targets',
    'backend targets',
    '  balance roundrobin',
    ...servers,
    '',
  ];
  const file = join(dir, 'haproxy.cfg');
  await writeFile(file, lines.join('\n'));
  const child = spawn(PROGRAM, ['-db', '-f', file], { stdio: 'ignore' });
  onTestFinished(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  });
  await listening(port);
  return {
    send: () =>
      new Promise((resolve) => {
        const outgoing = request(
          { host: '127.0.0.1', port, method: 'POST', path: '/hook', agent: false },
          (response) => {
            response.resume();
            response.once('end', () => resolve(response.statusCode ?? 0));
          },
        );
        outgoing.once('error', () => resolve(0));
        outgoing.end('{}');
      }),
    async state(server) {
      const socket = connect(socketPath);
      socket.end('show stat\n');
      const [head = '', ...rows] = (await text(socket)).split('\n');
      const columns = head.replace(/^# /, '').split(',');
      const row = rows
        .map((line) => line.split(','))
        .find((cells) => cells[0] === 'targets' && cells[1] === server);
      return row?.[columns.indexOf('status')] ?? '';
    },
  };
}
