import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { main } from './cli.ts';
import { testIo } from './testing/io.ts';

function place(text: string): { dir: string; file: string } {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-cli-config-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'config.toml');
  writeFileSync(file, text);
  return { dir, file };
}

describe('config check', () => {
  it('says that a file can be used', async () => {
    const { file } = place('[server]\nport = 8080\n');
    const io = testIo();
    expect(await main(['config', 'check', '--config', file], io)).toBe(0);
    expect(io.out()).toContain(file);
  });

  it('names each thing that is wrong with its line, and what is allowed', async () => {
    const { file } = place('[server]\nprot = 1\n[logging]\nlevel = "loud"\n');
    const io = testIo();
    expect(await main(['config', 'check', '--config', file], io)).toBe(1);
    expect(io.err().trim().split('\n')).toEqual([
      expect.stringMatching(/config\.toml:2:1: .*server\.prot.*port, worker_threads/),
      expect.stringMatching(/config\.toml:4:1: .*logging\.level.*"debug", "info"/),
    ]);
  });

  it('does so for the tunnel’s file as well', async () => {
    const { dir, file } = place('[server]\nport = 8080\n');
    const tunnel = join(dir, 'config.yaml');
    writeFileSync(tunnel, 'transport: { protocol: quic }\nbind: here\n');
    const io = testIo();
    const args = ['config', 'check', '--config', file, '--tunnel-config', tunnel];
    expect(await main(args, io)).toBe(1);
    expect(io.out()).toContain(file);
    expect(io.err().trim().split('\n')).toEqual([
      expect.stringMatching(/config\.yaml:1:14: transport\.protocol must be "h2", "wss"/),
      expect.stringMatching(/config\.yaml:2:1: bind must be an IP address/),
    ]);
    writeFileSync(tunnel, 'bind: 127.0.0.1\n');
    expect(await main(args, testIo())).toBe(0);
  });
});

it('start refuses a wrong file before anything runs, and reads a changed one on SIGHUP', async () => {
  const { dir, file } = place('[server]\nprot = 1\n');
  const data = join(dir, 'data');
  const args = ['gateway', 'start', '--config', file, '--data-dir', data, '--json'];
  const refused = testIo();
  expect(await main(args, refused)).toBe(1);
  expect(refused.err()).toContain('line=2');

  writeFileSync(file, '[server]\nport = 0\n[logging]\nlevel = "info"\n');
  const io = testIo();
  const ended = main(args, io);
  await io.firstLine();
  writeFileSync(file, '[server]\nport = 0\n[logging]\nlevel = "loud"\n');
  io.reload();
  await expect.poll(() => io.err()).toContain('the one before stays in force');
  writeFileSync(file, '[server]\nport = 0\n[logging]\nlevel = "debug"\n');
  io.reload();
  await expect.poll(() => io.err()).toContain('was read again');
  io.signal();
  expect(await ended).toBe(0);
  const mixed = testIo();
  expect(await main(['start', '--practice', '--config', file], mixed)).toBe(2);
});
