import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../main/headless/cli.ts';
import { testIo } from '../../main/headless/testing/io.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-tunnel-config-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

test('a wrong key keeps the program from starting, and says where it is', async () => {
  const file = join(dir, 'config.yaml');
  await writeFile(file, 'transport:\n  protocol: h2\n  hartbeat: 30s\n');
  const io = testIo();
  const code = await main(['start', '--data-dir', join(dir, 'data'), '--tunnel-config', file], io);
  expect(code).toBe(1);
  for (const part of [`file=${file}`, 'line=3', 'key=transport.hartbeat', 'heartbeat']) {
    expect(io.err()).toContain(part);
  }
});

test('what the file fixes is shown as locked', async () => {
  const file = join(dir, 'good.yaml');
  await writeFile(file, 'transport:\n  protocol: wss\nproxy: none\n');
  const io = testIo();
  const data = join(dir, 'locked');
  const options = ['--json', '--management', '127.0.0.1:0', '--data-dir', data];
  const exit = main(['start', ...options, '--tunnel-config', file], io);
  const ready = JSON.parse(await io.firstLine()) as { console: string };
  const { readRunFile } = await import('../../main/headless/run-file.ts');
  const { connectTo } = await import('../../main/headless/client.ts');
  expect(ready.console).toMatch(/^http:/);
  const run = await readRunFile(data);
  if (run === null) throw new Error('no program runs');
  const connection = await connectTo(run);
  const { settings } = await connection.client.call('state.get');
  connection.close();
  io.signal();
  expect(await exit).toBe(0);
  expect(settings.locked).toMatchObject({ 'tunnel.protocol': file, 'tunnel.proxy': file });
});
