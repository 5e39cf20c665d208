import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { expect, it, onTestFinished } from 'vitest';
import { guideExample } from '../testing/guide.ts';
import { checkConfigFile, readConfigFile } from './config-file.ts';
import { parseDuration, parseSize } from './fields.ts';
import { parseConfig } from './parse.ts';
import { locateKeys } from './positions.ts';

function file(text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-config-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'config.toml');
  writeFileSync(path, text);
  return path;
}

const first = (text: string) => {
  const result = parseConfig(text);
  if ('values' in result) throw new Error('the configuration was taken');
  return result.problems[0];
};

it("takes the guide's example unchanged", () => {
  const config = readConfigFile(file(guideExample), {});
  expect(config).toMatchObject({
    server: { port: 8080, worker_threads: 8, max_connections: 10_000 },
    tunnel: {
      endpoint: { host: 'corp-bot.example.com', port: 443 },
      retry_interval: 5_000,
      health_check: '/api/health',
    },
    logging: { level: 'info', format: 'json', output: ['stdout', '/var/log/gateway/app.log'] },
    connectionPool: { max_idle: 50, max_open: 200, idle_timeout: 1_800_000 },
    compression: { enabled: true, min_size: 1024, level: 6 },
  });
});

it.each([
  [
    '[server]\nprot = 1',
    { line: 2, column: 1, key: 'server.prot', reason: 'unknown_key' },
    'port, worker_threads',
  ],
  [
    '[server]\n  port = "x"',
    { line: 2, column: 3, key: 'server.port', reason: 'value' },
    'a whole number from 0 to 65535',
  ],
  ['[server]\nport = 8080 # here\nport = 1', { line: 3, reason: 'syntax' }, ''],
  [
    '[logging]\nlevel = "loud"',
    { line: 2, key: 'logging.level' },
    '"debug", "info", "warn", "error"',
  ],
  [
    '[tunnel]\nretry_interval = "5 seconds"',
    { line: 2, key: 'tunnel.retry_interval' },
    'a duration such as',
  ],
  [
    '[[bots]]\nid = "a"\nkind = "app"\n[[bots]]\nkind = "app"',
    { line: 4, key: 'bots[1].id', reason: 'missing' },
    "a bot's name",
  ],
  [
    '[[bots]]\nid = "a"\nkind = "app"\n[[bots]]\nid = "a"\nkind = "app"',
    { line: 5, key: 'bots[1].id', reason: 'duplicate' },
    '',
  ],
  ['[[targets]]\nid = "a"', { line: 1, key: 'targets[0].url' }, 'either url'],
  [
    '[[routes]]\ntargets = ["a", { id = "b", wieght = 2 }]',
    { line: 2, column: 29, key: 'routes[0].targets[1].wieght' },
    'id, weight, priority',
  ],
  [
    '[api]\nkeys = [\n  { id = "k", hash = "x", scopes = ["read"] },\n]',
    { line: 3, column: 15, key: 'api.keys[0].hash' },
    '64 hex digits',
  ],
  ['bots = 1', { line: 1, key: 'bots' }, 'a list of tables'],
  ['[storage]\nengine = "redis"', { line: 2, key: 'storage.engine' }, '"sqlite"'],
] as const)('says where %j is wrong and what is allowed', (text, place, allowed) => {
  const problem = first(text);
  expect(problem).toMatchObject(place);
  expect(problem?.allowed).toContain(allowed);
});

it('names the file with the first problem, and repeats no value', () => {
  const path = file('[[bots]]\nid = "a"\nkind = "app"\ntoken = "not a token!"\nx = 1\n');
  expect(() => readConfigFile(path, {})).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      params: expect.objectContaining({ file: path, line: 5, column: 1, key: 'bots[0].x' }),
    }),
  );
  const secret = file('[[bots]]\nid = "a"\nkind = "app"\ntoken = "not a token!"\n');
  const problems = checkConfigFile(secret, {});
  expect(problems).toMatchObject({
    problems: [{ line: 4, key: 'bots[0].token', reason: 'secret' }],
  });
  expect(JSON.stringify(problems)).not.toContain('not a token');
  expect(() => readConfigFile(join(path, 'none'), {})).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  );
});

it('takes secrets from files and the environment, and makes the only receiving bot the default', () => {
  const token = file('abc123\n');
  const path = file(
    `[[bots]]\nid = "a"\nkind = "aibot"\ntoken = { file = '${token}' }\nencoding_aes_key = { env = "KEY" }\n` +
      `[[bots]]\nid = "r"\nkind = "robot"\n`,
  );
  expect(checkConfigFile(path, {})).toMatchObject({ problems: [{ line: 5, reason: 'secret' }] });
  const { bots } = readConfigFile(path, { KEY: 'k'.repeat(43) });
  expect(bots).toMatchObject([
    { id: 'a', isDefault: true, secrets: { token: 'abc123', encoding_aes_key: 'k'.repeat(43) } },
    { id: 'r', isDefault: false, secrets: {} },
  ]);
});

it('takes the key of a sealed bot’s envelope in its own form, and of no other bot', () => {
  const bot = (kind: string, key: string) =>
    file(`[[bots]]\nid = "a"\nkind = "${kind}"\nencoding_aes_key = "${key}"\n`);
  expect(readConfigFile(bot('sealed', '0123456789abcdef'), {}).bots).toMatchObject([
    { secrets: { encoding_aes_key: '0123456789abcdef' } },
  ]);
  for (const [kind, key] of [
    ['sealed', 'short'],
    ['sealed', 'k'.repeat(43)],
    ['app', '0123456789abcdef'],
  ] as const) {
    expect(checkConfigFile(bot(kind, key), {})).toMatchObject({
      problems: [{ line: 4, key: 'bots[0].encoding_aes_key', reason: 'secret' }],
    });
  }
});

it('reads routes the short and the long way', () => {
  const { routes, services } = readConfigFile(
    file(
      '[[routes]]\nbot = "a"\ntext = ["x", "y"]\ntarget = "t"\n[[routes]]\nid = "b"\ntargets = ["t", { id = "u", weight = 3 }]\n' +
        'balance = "hash"\nhash_by = "sender"\n[[services]]\nid = "s"\npath = "/shop"\ntarget = "t"\n',
    ),
    {},
  );
  expect(routes).toMatchObject([
    { id: 'file-1', match: { bots: ['a'], keywords: ['x', 'y'] }, targets: [{ id: 't' }] },
    { id: 'b', targets: [{ id: 't' }, { id: 'u', weight: 3 }], balance: 'hash', hashBy: 'sender' },
  ]);
  expect(services).toMatchObject([{ id: 's', path: '/shop', targets: [{ id: 't' }] }]);
});

it('finds keys behind strings, comments and tables that look like keys', () => {
  const text =
    'a = """\nfake = 1\n""" # x = 2\n"q.r" = \'#\'\n[t] # [u]\nb.c = [ # c\n  "]", { d = "}" },\n]\n[[l]]\n[l.m]\ne = 1\n[[l]]\ne = 2\n';
  parse(text);
  const locate = locateKeys(text);
  expect(locate(['q.r'])).toEqual({ line: 4, column: 1 });
  expect(locate(['t', 'b', 'c', 1, 'd'])).toEqual({ line: 7, column: 10 });
  expect(locate(['l', 0, 'm', 'e'])).toEqual({ line: 11, column: 1 });
  expect(locate(['l', 1, 'e'])).toEqual({ line: 13, column: 1 });
  expect(locate(['t', 'none'])).toEqual({ line: 5, column: 1 });
});

it('places every top-level key of any document on its own line', () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
  fc.assert(
    fc.property(fc.dictionary(key, value), (document) => {
      const text = stringify(document);
      const locate = locateKeys(text);
      const lines = text.split('\n');
      for (const name of Object.keys(document)) {
        const { line, column } = locate([name]);
        expect(lines[line - 1]?.slice(column - 1)).toMatch(new RegExp(`^${name} = `));
      }
    }),
  );
});

it('knows durations and sizes', () => {
  expect(['5s', '30m', '250ms', '2h', '7d', '0'].map(parseDuration)).toEqual([
    5_000, 1_800_000, 250, 7_200_000, 604_800_000, 0,
  ]);
  expect(['5', '-1s', '1w', '', '1.5s', '5 s'].map(parseDuration)).toEqual(Array(6).fill(null));
  expect(['0', '1KB', '10GB', '5', '1kb'].map(parseSize)).toEqual([
    0,
    1024,
    10 * 2 ** 30,
    null,
    null,
  ]);
});
