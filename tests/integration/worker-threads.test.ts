import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { unusedPort } from '../support/port.ts';
import { tempDir } from '../../gateway/testing/harness.ts';

const program = fileURLToPath(new URL('../../main/headless/bin/gateway.ts', import.meta.url));

/** libuv names the threads of its pool, and starts all of them with the first piece of work. */
async function poolThreads(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const names = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/comm`, 'utf8').catch(() => '')),
  );
  return names.filter((name) => name.startsWith('libuv-worker')).length;
}

async function startGateway(server: string) {
  const dir = await tempDir();
  const config = join(dir, 'config.toml');
  await writeFile(config, `[server]\n${server}`);
  const child = spawn(
    process.execPath,
    [program, 'start', '--config', config, '--data-dir', join(dir, 'data'), '--json'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const ready = JSON.parse(line) as { gateway: string };
  return { pid: child.pid ?? 0, gateway: ready.gateway };
}

it.skipIf(process.platform !== 'linux').each([
  [1, 'worker_threads = 1\n'],
  [4, ''],
  [9, 'worker_threads = 9\n'],
])('the program has %i worker threads and its port with %j', async (threads, line) => {
  const port = await unusedPort();
  const { pid, gateway } = await startGateway(`port = ${port}\n${line}`);
  expect(gateway).toBe(`http://127.0.0.1:${port}`);
  expect((await fetch(`${gateway}/api/health`)).status).toBe(200);
  expect(await poolThreads(pid)).toBe(threads);
});
