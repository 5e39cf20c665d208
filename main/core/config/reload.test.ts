import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Core } from '../index.ts';
import { callStrictly, startTestCore } from '../testing/core.ts';

const KEY = 'k'.repeat(43);

function place(): { dir: string; file: string; write(text: string): void } {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-core-config-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'config.toml');
  return { dir, file, write: (text) => writeFileSync(file, text) };
}

const bots = (core: Core) => core.snapshot().bots;
const botOf = (core: Core, id: string) => bots(core).find((bot) => bot.id === id);

const plainBot = {
  id: 'mine',
  kind: 'app',
  name: '',
  token: 'abc',
  encodingAesKey: KEY,
  receiveId: 'ww1',
  target: null,
  isDefault: false,
} as const;

const base = `[server]
port = 0
[logging]
level = "warn"
[storage]
retention = "7d"
[[targets]]
id = "svc"
url = "http://127.0.0.1:9/"
[[bots]]
id = "filed"
kind = "app"
name = "From the file"
token = "abc"
encoding_aes_key = "${KEY}"
receive_id = "ww1"
target = "svc"
[[routes]]
id = "all"
target = "svc"
`;

describe('a configuration file', () => {
  it('gives a bot of the console the target of its messages', async () => {
    const { dir, file, write } = place();
    write('[[targets]]\nid = "filed"\nurl = "http://127.0.0.1:9/"\n');
    const core = await startTestCore(join(dir, 'data'), { configFile: file });
    await callStrictly(core, 'bots.save', { ...plainBot, target: 'filed' });
    expect(botOf(core, 'mine')?.target).toBe('filed');
  });

  it('keeps the target that a bot behind it will need again', async () => {
    const { dir, file, write } = place();
    const first = await startTestCore(join(dir, 'data'));
    await callStrictly(first, 'targets.save', { id: 'svc', url: 'http://127.0.0.1:9/' });
    await callStrictly(first, 'bots.save', { ...plainBot, target: 'svc' });
    await first.stop(0);
    write(`[[bots]]\nid = "mine"\nkind = "app"\ntoken = "abc"\nencoding_aes_key = "${KEY}"\n`);
    const core = await startTestCore(join(dir, 'data'), { configFile: file });
    expect(botOf(core, 'mine')?.target).toBeNull();
    await expect(callStrictly(core, 'targets.remove', { id: 'svc' })).rejects.toMatchObject({
      code: 'CONFLICT',
      params: { kind: 'target', id: 'svc', usedBy: 'mine' },
    });
  });

  it('goes before what is stored, shows as locked, and can be edited nowhere but there', async () => {
    const { dir, file, write } = place();
    write(base);
    const first = await startTestCore(join(dir, 'data'));
    await callStrictly(first, 'bots.save', {
      id: 'filed',
      kind: 'robot',
      name: 'stored before',
      receiveId: '',
      webhook: 'https://example.com/send?key=x',
      target: null,
      isDefault: false,
    });
    await callStrictly(first, 'bots.save', {
      id: 'stored',
      kind: 'app',
      name: '',
      receiveId: '',
      target: null,
      isDefault: true,
    });
    await first.stop(0);

    const core = await startTestCore(join(dir, 'data'), { configFile: file });
    expect(botOf(core, 'filed')).toMatchObject({
      kind: 'app',
      name: 'From the file',
      token: { set: true },
      webhook: { set: false },
      target: 'svc',
      isDefault: true,
      lockedBy: file,
    });
    expect(botOf(core, 'stored')).toMatchObject({ isDefault: false, lockedBy: null });
    const { settings, routes, targets } = core.snapshot();
    expect(settings.values).toMatchObject({ logLevel: 'warn', retentionDays: 7 });
    expect(settings.locked).toMatchObject({ logLevel: file, retentionDays: file });
    expect(routes).toMatchObject([{ id: 'all', lockedBy: file }]);
    expect(targets).toMatchObject([{ id: 'svc', lockedBy: file }]);

    const locked = (work: Promise<unknown>) => expect(work).rejects.toThrow('SETTINGS_LOCKED');
    await locked(callStrictly(core, 'settings.update', { logLevel: 'debug' }));
    await locked(callStrictly(core, 'bots.remove', { id: 'filed' }));
    await locked(
      callStrictly(core, 'bots.rotate', { id: 'filed', token: 'x', encodingAesKey: KEY }),
    );
    await locked(callStrictly(core, 'targets.drain', { id: 'svc', draining: true }));
    await locked(callStrictly(core, 'routes.remove', { id: 'all' }));
    await core.stop(0);

    // Without the file what was stored is there again.
    const after = await startTestCore(join(dir, 'data'));
    expect(botOf(after, 'filed')).toMatchObject({ kind: 'robot', name: 'stored before' });
    expect(botOf(after, 'stored')).toMatchObject({ isDefault: true });
  });

  it('is read again at once and whole; a bad one changes nothing and is named in the log', async () => {
    const { dir, file, write } = place();
    write(base);
    const core = await startTestCore(join(dir, 'data'), { configFile: file });
    write(base.replace('From the file', 'Renamed').replace('"7d"', '"3d"'));
    await core.reloadConfig();
    expect(botOf(core, 'filed')?.name).toBe('Renamed');
    expect(core.snapshot().settings.values.retentionDays).toBe(3);

    for (const [bad, place] of [
      ['[server]\nprot = 1\n', { line: 2, key: 'server.prot' }],
      [base.replace('target = "svc"', 'target = "none"'), { key: 'bots[0].target' }],
      ['[[routes]]\npattern = "(a"\n', { key: 'routes[0].pattern' }],
      ['not toml', { line: 1 }],
    ] as const) {
      write(bad);
      await expect(core.reloadConfig()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        params: { file, ...place },
      });
      expect(botOf(core, 'filed')?.name).toBe('Renamed');
    }
    expect(core.snapshot().settings.files).toMatchObject([
      { path: file, error: { code: 'CONFIG_INVALID' }, restart: [] },
    ]);
    write(
      `${base}format = "text"\n`.replace('port = 0', 'port = 1').replace('format = "text"\n', ''),
    );
    await core.reloadConfig();
    expect(core.snapshot().settings.files).toMatchObject([
      { path: file, error: null, restart: ['server.port'] },
    ]);
    write(base);
    await core.reloadConfig();
    expect(core.snapshot().settings.files).toMatchObject([{ restart: [] }]);
    const { entries } = await callStrictly(core, 'logs.recent', { limit: 100 });
    const refused = entries.filter(({ message }) => message.includes('stays in force'));
    expect(refused).toHaveLength(4);
    expect(refused[0]?.fields).toMatchObject({ code: 'CONFIG_INVALID', line: 2 });
    await expect((await startTestCore(join(dir, 'other'))).reloadConfig()).rejects.toThrow(
      'NOT_FOUND',
    );
  });

  it('that is wrong starts nothing', async () => {
    const { dir, file, write } = place();
    write('[bots]\n');
    await expect(startTestCore(join(dir, 'data'), { configFile: file })).rejects.toThrow(
      'CONFIG_INVALID',
    );
    expect(() => readFileSync(join(dir, 'data', 'causeway.db'))).toThrow('ENOENT');
  });

  it('decides where the log goes and in which form, and which keys the API knows', async () => {
    const { dir, file, write } = place();
    const text = join(dir, 'app.log');
    const hash = createHash('sha256').update('api-key').digest('hex');
    write(
      `[server]\nport = 0\n[logging]\nformat = "text"\noutput = ['${text}']\n` +
        `[tunnel]\nhealth_check = "/healthz"\n[api]\nkeys = [{ id = "k", hash = "${hash}", scopes = ["read"] }]\n`,
    );
    const core = await startTestCore(join(dir, 'data'), { configFile: file });
    const status = async (path: string, key?: string): Promise<number> => {
      const headers: Record<string, string> =
        key === undefined ? {} : { authorization: `Bearer ${key}` };
      return (await fetch(`${core.gatewayAddress}${path}`, { headers })).status;
    };
    expect(await status('/healthz')).toBe(200);
    expect(await status('/api/messages')).toBe(401);
    expect(await status('/api/messages', 'api-key')).toBe(200);
    await core.stop(0);
    expect(readFileSync(text, 'utf8')).toMatch(/^\d\d:\d\d:\d\d info {2}\w+/m);
  });
});

it('replaces the keys of a bot without a gap, and retires the old ones', async () => {
  const { dir } = place();
  const core = await startTestCore(join(dir, 'data'));
  await callStrictly(core, 'bots.save', {
    id: 'b',
    kind: 'app',
    name: '',
    token: 'old',
    encodingAesKey: KEY,
    receiveId: 'ww1',
    target: null,
    isDefault: false,
  });
  const next = { id: 'b', token: 'new', encodingAesKey: 'n'.repeat(43) };
  await callStrictly(core, 'bots.rotate', next);
  expect(botOf(core, 'b')).toMatchObject({
    token: { set: true },
    previousToken: { set: true },
    previousEncodingAesKey: { set: true },
    pairHits: { current: { count: 0 }, previous: { count: 0 } },
  });
  await expect(callStrictly(core, 'bots.rotate', next)).rejects.toThrow('CONFLICT');
  await callStrictly(core, 'bots.retire', { id: 'b' });
  expect(botOf(core, 'b')).toMatchObject({
    previousToken: { set: false },
    previousEncodingAesKey: { set: false },
  });
  await expect(callStrictly(core, 'bots.retire', { id: 'none' })).rejects.toThrow('NOT_FOUND');
});
