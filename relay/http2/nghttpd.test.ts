import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unusedPort } from '../../tests/support/port.ts';
import { startClientSession } from './client-session.ts';
import { answerOf, request } from './testing/node-server.ts';
import { smallWindows } from './testing/raw-peer.ts';

// nghttp2's own server can do what node:http2 does not: padding, small tables, odd frame sizes. Debian: nghttp2-server.
const program = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  .map((folder) => join(folder, 'nghttpd'))
  .find((path) => isProgram(path));

function isProgram(path: string): boolean {
  if (!existsSync(path)) return false;
  accessSync(path, constants.X_OK);
  return true;
}

async function connect(port: number): Promise<Socket> {
  for (;;) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      // It has not begun to listen.
    }
  }
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const file = randomBytes(2 << 20);

describe.skipIf(program === undefined)('a session with nghttpd', () => {
  let folder: string;
  let server: ChildProcess | undefined;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nghttpd-'));
    await writeFile(join(folder, 'file'), file);
    port = await unusedPort();
    const options = ['--no-tls', '--echo-upload', '--padding=255', '--max-concurrent-streams=5'];
    options.push('--header-table-size=100', '--encoder-header-table-size=64', '--trailer=x-sum: 1');
    options.push('--address=127.0.0.1', `--htdocs=${folder}`, String(port));
    server = spawn(program ?? '', options, { stdio: 'ignore' });
  });
  afterAll(async () => {
    server?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('reads padded answers with trailers, sends bodies, and waits for its turn', async () => {
    const socket = await connect(port);
    const defects: unknown[] = [];
    const session = startClientSession(socket, {
      ...smallWindows,
      onDefect: (error) => defects.push(error),
    });
    // Its settings are known with the first answer.
    const missing = await answerOf(session.request(request('GET', '/none'), true));
    expect(missing.head[':status']).toBe(404);
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        if (index % 4 === 0) {
          const { body, trailers } = await answerOf(session.request(request('GET', '/file'), true));
          expect([hash(body), trailers]).toEqual([hash(file), { 'x-sum': '1' }]);
          return;
        }
        const body = randomBytes(1 + index * 20_000);
        const stream = session.request({ ...request('POST'), 'x-index': `${index % 3}` }, false);
        stream.end(body);
        expect(hash((await answerOf(stream)).body)).toBe(hash(body));
      }),
    );
    expect([session.openStreams, defects]).toEqual([0, []]);
    socket.destroy();
  });
});
