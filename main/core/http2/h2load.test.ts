import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startServerSession } from './server-session.ts';
import { usual } from './testing/raw-client.ts';

// nghttp2's own load generator. Debian: nghttp2-client.
function isThere(): boolean {
  try {
    execFileSync('h2load', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!isThere())('serves h2load: 4,000 requests on four connections', async () => {
  const defects: unknown[] = [];
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    startServerSession(socket, {
      ...usual,
      onStream: (stream) => {
        void stream
          .readBody(1 << 20, 10_000)
          .then((body) => stream.answer({ ':status': 200 }, body ?? ''));
      },
      onDefect: (error) => defects.push(error),
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const counts = ['--requests=4000', '--clients=4', '--max-concurrent-streams=50'];
  const url = `http://127.0.0.1:${port}/`;
  const { stdout } = await promisify(execFile)('h2load', [
    ...counts,
    `--data=${import.meta.filename}`,
    url,
  ]);
  expect(stdout).toContain('4000 succeeded, 0 failed, 0 errored');
  expect(defects).toEqual([]);
});
