import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeToken } from '../../common/tunnel/token.ts';
import { enrolDevice } from '../testing/identity.ts';
import { adminAddress, run, startChild } from './testing/program.ts';
import { parseDuration } from './tunnel.ts';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'causeway-relay-cli-'));
});
afterAll(async () => {
  await rm(base, { recursive: true, force: true });
});

describe('the command line', () => {
  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, err: '' });
    expect((await run('--help')).out).toContain('tunnel create NAME');
    expect(await run()).toMatchObject({ code: 2 });
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([
    [['dance'], '"dance" is no command'],
    [['toString'], '"toString" is no command'],
    [['init'], '--host is missing'],
    [['init', '--host', 'a.test', '--public-cert', 'x'], 'go together'],
    [['init', '--host', 'a.test', '--fixed-ip', 'nowhere'], 'fixedIp'],
    [['init', '--hots', 'a.test'], '--hots'],
    [['tunnel'], 'domain, access, recovery or held'],
    [['tunnel', 'create', 'a'], '--domain is missing'],
    [['tunnel', 'domain', 'add', 'a'], 'tunnel domain add|remove'],
    [['tunnel', 'access'], 'tunnel access NAME'],
    [['tunnel', 'access', 'a', '--open', '--path', '/x'], 'one of the three'],
    [['tunnel', 'access', 'a', '--inherit'], '--inherit goes with --domain'],
    [['tunnel', 'recovery', 'approve'], 'approve|refuse DEVICE'],
    [['tunnel', 'held', 'drop', 'a'], 'deliver|forget NAME'],
    [['audit'], 'verify or export'],
    [['audit', 'export'], '--out FILE'],
    [['admin'], 'followed by passwd'],
    [['tunnel', 'token', 'a', '--ttl', 'soon'], '"soon" is no duration'],
    [['tunnel', 'list', 'x', 'y'], 'one argument too many'],
  ])('refuses %j', async (argv, words) => {
    const { code, err } = await run(...argv);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });

  it('reads durations', () => {
    expect(['90s', '30m', '1h', '7d'].map(parseDuration)).toEqual([
      90_000, 1_800_000, 3_600_000, 604_800_000,
    ]);
  });
});

describe('init', () => {
  it.each([
    ['before its CA had a certificate', ['ca.crt', 'relay.db', 'relay.json', 'public.crt']],
    ['before its settings', ['relay.json']],
  ])('goes on where it was cut off %s, with the key that is there', async (_when, missing) => {
    const dir = await mkdtemp(join(base, 'cut-'));
    const args = ['init', '--data-dir', dir, '--host', 'relay.test'];
    await run(...args);
    const key = await readFile(join(dir, 'ca.key'), 'utf8');
    for (const name of missing) await rm(join(dir, name));
    expect(await run(...args)).toMatchObject({ code: 0, err: '' });
    expect(await readFile(join(dir, 'ca.key'), 'utf8')).toBe(key);
  });

  it('makes no second CA certificate where devices know the first', async () => {
    const dir = join(base, 'lost');
    const args = ['init', '--data-dir', dir, '--host', 'relay.test'];
    await run(...args);
    await rm(join(dir, 'ca.crt'));
    await rm(join(dir, 'relay.json'));
    const { code, err } = await run(...args);
    expect(code).toBe(1);
    expect(err).toContain('ca.crt');
  });

  it('makes a data directory once, with keys for nobody else', async () => {
    const dir = join(base, 'made');
    const args = ['init', '--data-dir', dir, '--host', 'relay.test', '--fixed-ip', '192.0.2.1'];
    const first = await run(...args);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(
      /^Console user: admin\nOne-time password: [2-9a-z]{5}(-[2-9a-z]{5}){3}$/m,
    );
    for (const name of ['ca.key', 'admin.key', 'public.key', 'relay.json']) {
      expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    const settings = JSON.parse(await readFile(join(dir, 'relay.json'), 'utf8')) as object;
    expect(settings).toMatchObject({ controlHost: 'relay.test', fixedIp: '192.0.2.1' });
    const second = await run(...args);
    expect(second.code).toBe(1);
    expect(second.err).toContain('CONFLICT');
  });
});

describe('settings', () => {
  it.each([
    ['no JSON', '{', 'it is not JSON'],
    ['an unknown key', '{"name":"a","controlHost":"b","fixedIp":null,"nmae":1}', 'nmae'],
    [
      'a bad value',
      '{"name":"a","controlHost":"b","fixedIp":null,"listen":{"public":"x"}}',
      'listen.public',
    ],
    [
      'a bad pattern',
      '{"name":"a","controlHost":"b","fixedIp":null,"egressAllow":["*"]}',
      'egressAllow.0',
    ],
    ['a missing key', '{"controlHost":"b","fixedIp":null}', 'name'],
    ['no certificate', '{"name":"a","controlHost":"b","fixedIp":null}', 'publicTls.cert'],
    [
      'ACME without port 80',
      '{"name":"a","controlHost":"b","fixedIp":null,"acme":{"agreeToTerms":true}}',
      'listen.redirect',
    ],
    [
      'ACME without its terms',
      '{"name":"a","controlHost":"b","fixedIp":null,"acme":{}}',
      'acme.agreeToTerms',
    ],
    [
      'PROXY headers from anybody',
      '{"name":"a","controlHost":"b","fixedIp":null,"proxyProtocol":true}',
      'trustedProxies',
    ],
    [
      'a proxy that is no address',
      '{"name":"a","controlHost":"b","fixedIp":null,"trustedProxies":["proxy.test"]}',
      'trustedProxies.0',
    ],
    [
      'an unknown limit',
      '{"name":"a","controlHost":"b","fixedIp":null,"limits":{"bodyMegabytes":1}}',
      'bodyMegabytes',
    ],
  ])('names file and key for %s', async (_what, content, words) => {
    const dir = await mkdtemp(join(base, 'settings-'));
    await writeFile(join(dir, 'relay.json'), content);
    const { code, err } = await run('start', '--data-dir', dir);
    expect(code).toBe(1);
    expect(err).toContain('CONFIG_INVALID');
    expect(err).toContain(dir);
    expect(err).toContain(words);
  });
});

describe('a running relay', () => {
  it('is started, given a tunnel, enrolled with, and stopped', async () => {
    const dir = join(base, 'running');
    await run('init', '--data-dir', dir, '--host', '127.0.0.1', '--name', 'one');
    const child = startChild(dir);
    try {
      const admin = await adminAddress(child);
      const to = ['--data-dir', dir, '--admin', admin];
      expect(await run('tunnel', 'list', ...to)).toMatchObject({
        code: 0,
        out: 'There is no tunnel yet.',
      });
      const made = await run('tunnel', 'create', 'acme', '--domain', 'Bot.test', ...to);
      expect(made.out).toContain('serves bot.test');
      const again = await run('tunnel', 'create', 'acme', '--domain', 'b.test', ...to);
      expect(again).toMatchObject({ code: 1 });
      expect(again.err).toContain('CONFLICT');
      expect(await run('tunnel', 'domain', 'add', 'acme', 'Two.test', ...to)).toMatchObject({
        code: 0,
      });
      expect((await run('tunnel', 'list', ...to)).out).toContain('bot.test two.test');
      await run('tunnel', 'domain', 'remove', 'acme', 'two.test', ...to);
      expect((await run('tunnel', 'list', ...to)).out).not.toContain('two.test');
      const access = ['tunnel', 'access', 'acme'];
      const set = [...access, '--domain', 'Bot.test', '--path', '/wecom/*'];
      expect((await run(...set, ...to)).out).toBe(
        'acme  any path, any source\n  bot.test  paths /wecom/*, any source',
      );
      const wrong = await run(...access, '--source', 'example.com', ...to);
      expect(wrong.err).toContain('BAD_INPUT');
      await run(...access, '--source', '192.0.2.0/24', ...to);
      const open = [...access, '--domain', 'bot.test', '--inherit'];
      expect((await run(...open, ...to)).out).toBe('acme  any path, sources 192.0.2.0/24');
      expect((await run('tunnel', 'recovery', ...to)).out).toContain('No expired certificate');
      expect((await run('tunnel', 'recovery', 'approve', 'd', ...to)).err).toContain('NOT_FOUND');
      expect((await run('tunnel', 'held', ...to)).out).toBe('Nothing is held.');
      expect((await run('tunnel', 'held', 'forget', 'acme', ...to)).err).toContain('NOT_FOUND');
      const reset = await run('admin', 'passwd', 'ann', ...to);
      expect(reset.out).toContain('Console user: ann');
      expect((await run('audit', 'verify', ...to)).out).toContain('The audit log is whole');
      const { out: token } = await run('tunnel', 'token', 'acme', '--ttl', '5m', ...to);
      expect(decodeToken(token).host).toBe('127.0.0.1');
      const { deviceId } = await enrolDevice(token);
      expect((await run('tunnel', 'list', ...to)).out).toContain(`${deviceId}  offline`);
      expect((await run('tunnel', 'revoke', deviceId, ...to)).code).toBe(0);
      const listed = await run('tunnel', 'list', '--json', ...to);
      expect(JSON.parse(listed.out)).toMatchObject({
        tunnels: [{ name: 'acme', devices: [{ id: deviceId, online: false }] }],
      });
      expect((await run('tunnel', 'list', ...to)).out).toContain(`${deviceId}  revoked`);
      const second = await run('start', '--data-dir', dir);
      expect(second.code).toBe(1);
      expect(second.err).toContain('DATA_DIR_IN_USE');
    } finally {
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number];
      expect(code).toBe(0);
    }
    const after = await run('tunnel', 'list', '--data-dir', dir, '--admin', 'http://127.0.0.1:9');
    expect(after.code).toBe(1);
    expect(after.err).toContain('RELAY_ADMIN_UNREACHABLE');

    const offline = ['--data-dir', dir];
    expect((await run('admin', 'passwd', ...offline)).out).toContain('Console user: admin');
    const file = join(base, 'audit.ndjson');
    expect((await run('audit', 'export', '--out', file, ...offline)).code).toBe(0);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { action: string }).action)).toContain(
      'device.revoke',
    );
    expect((await run('audit', 'export', '--out', file, ...offline)).err).toContain('CONFLICT');
    const database = new Sqlite(join(dir, 'relay.db'));
    database.exec("UPDATE audit_chain SET actor = 'nobody' WHERE seq = 2");
    database.close();
    const broken = await run('audit', 'verify', ...offline);
    expect(broken.code).toBe(1);
    expect(broken.err).toContain('AUDIT_BROKEN (entry: 2, reason: hash)');
  });
});
