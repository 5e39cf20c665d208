import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { main } from './cli.ts';
import { ask, tempDir } from './testing/console.ts';
import { testIo, type TestIo } from './testing/io.ts';

interface Started {
  readonly dir: string;
  readonly io: TestIo;
  readonly ready: { readonly event: string; readonly console: string; readonly gateway: string };
  readonly exit: Promise<number>;
}

async function start(...more: string[]): Promise<Started> {
  const dir = tempDir();
  const io = testIo();
  const argv = ['start', '--json', '--management', '127.0.0.1:0', '--data-dir', dir, ...more];
  const exit = main(argv, io);
  onTestFinished(async () => {
    io.signal();
    await exit;
  });
  const first = await Promise.race([
    io.firstLine(),
    exit.then((code) => {
      throw new Error(`ended with ${code}: ${io.err()}`);
    }),
  ]);
  return { dir, io, ready: JSON.parse(first) as Started['ready'], exit };
}

async function run(
  argv: readonly string[],
  options: Parameters<typeof testIo>[0] = {},
): Promise<{ code: number; out: string; err: string }> {
  const io = testIo(options);
  const code = await main(argv, io);
  return { code, out: io.out(), err: io.err() };
}

test.each([
  [['tunnel', 'status'], 'run.json'],
  [['login'], 'run.json'],
  [['start'], 'causeway.lock'],
])('%s says what the system does not allow', async (argv, name) => {
  const dir = tempDir();
  symlinkSync(name, join(dir, name));
  const answer = await run([...argv, '--data-dir', dir]);
  expect([answer.code, answer.out]).toEqual([1, '']);
  expect(answer.err).toContain('ELOOP');
  expect(answer.err).toContain(join(dir, name));
  expect(answer.err).not.toMatch(/INTERNAL|not running/);
});

test('a data directory without a name is refused', async () => {
  const answer = await run(['tunnel', 'status', '--data-dir', '']);
  expect([answer.code, answer.err.includes('--data-dir DIR')]).toEqual([2, true]);
});

describe('start', () => {
  test('says one line when all is up, drains at a signal, and leaves nothing that names it', async () => {
    const { dir, io, ready, exit } = await start();
    expect(ready).toMatchObject({ event: 'ready' });
    expect((await fetch(`${ready.gateway}/api/health`)).status).toBe(200);
    expect((await ask(ready.console)).status).toBe(303);
    expect(statSync(join(dir, 'run.json')).mode & 0o777).toBe(0o600);
    io.signal();
    expect(await exit).toBe(0);
    expect(io.out().trim().split('\n')).toHaveLength(1);
    expect(existsSync(join(dir, 'run.json'))).toBe(false);
    await expect(fetch(ready.gateway)).rejects.toThrow('fetch failed');
  });

  test('drains also where the file that names it cannot be taken away', async () => {
    const { dir, io, ready, exit } = await start();
    rmSync(join(dir, 'run.json'));
    mkdirSync(join(dir, 'run.json'));
    io.signal();
    expect(await exit).toBe(1);
    await expect(fetch(ready.gateway)).rejects.toThrow('fetch failed');
    expect(existsSync(join(dir, 'causeway.pid'))).toBe(false);
  });

  test('a second signal does not wait', async () => {
    const { io, exit } = await start();
    io.signal();
    io.signal();
    expect(io.exits).toEqual([130]);
    await exit;
  });

  test('an error that nothing caught is logged and ends it with 1', async () => {
    const { dir, io, exit } = await start();
    io.fail(new Error('a defect'));
    expect(await exit).toBe(1);
    expect(readFileSync(join(dir, 'logs', 'causeway.log'), 'utf8')).toContain('a defect');
  });

  test('a second one on the same data is refused, and the first goes on', async () => {
    const { dir, ready } = await start();
    const second = await run(['start', '--data-dir', dir]);
    expect([second.code, second.out]).toEqual([1, '']);
    expect(second.err).toContain('DATA_DIR_IN_USE');
    expect((await run(['tunnel', 'status', '--data-dir', dir])).code).toBe(1);
    expect((await fetch(`${ready.gateway}/api/health`)).status).toBe(200);
  });

  test('for a person it prints the link; into a journal it does not', async () => {
    const dir = tempDir();
    const io = testIo({ env: { JOURNAL_STREAM: '8:1' } });
    const exit = main(['gateway', 'start', '--management', '127.0.0.1:0', '--data-dir', dir], io);
    await expect.poll(() => io.err()).toContain('causeway login');
    expect(io.err()).not.toContain('/login/');
    expect(io.err()).toContain('belongs to no relay yet');
    io.signal();
    expect(await exit).toBe(0);
    expect(io.out()).toBe('');
  });
});

describe('commands on a running program', () => {
  test('login prints a link that works', async () => {
    const { dir } = await start();
    const { code, out } = await run(['login', '--data-dir', dir]);
    expect(code).toBe(0);
    expect((await ask(out.trim())).status).toBe(303);
  });

  test("status --verbose begins with the guide's three lines in any language", async () => {
    const { dir } = await start();
    for (const LANG of ['en_US.UTF-8', 'zh_CN.UTF-8']) {
      const { code, out } = await run(['tunnel', 'status', '--verbose', '--data-dir', dir], {
        env: { LANG },
      });
      expect(code).toBe(1);
      expect(out.split('\n').slice(0, 3)).toEqual([
        'Connection State: Unauthorized',
        'Domain Binding: -',
        'Expiration Time: -',
      ]);
    }
  });

  test('what the program refuses is said in words, with the code', async () => {
    const { dir } = await start();
    const connect = await run(['tunnel', 'connect', '--data-dir', dir]);
    expect([connect.code, connect.err.includes('(NOT_ENROLLED)')]).toEqual([1, true]);
    const send = await run(['send', 'nobody', 'hello', '--data-dir', dir], {
      env: { LANG: 'zh_CN.UTF-8' },
    });
    expect([send.code, send.err.includes('（BOT_NOT_FOUND）')]).toEqual([1, true]);
    const auth = await run(['tunnel', 'auth', '--data-dir', dir], { stdin: 'not a token\n' });
    expect([auth.code, auth.err.includes('TOKEN_MALFORMED')]).toEqual([1, true]);
  });
});

describe('commands without one', () => {
  test.each([['login'], ['tunnel', 'status'], ['tunnel', 'disconnect'], ['send', 'b', 't']])(
    '%s %s says that none runs',
    async (...argv) => {
      const { code, err } = await run([...argv, '--data-dir', tempDir()]);
      expect([code, err.includes('not running')]).toEqual([3, true]);
    },
  );

  test('the file of a program that was killed does not fool them', async () => {
    const dir = tempDir();
    const left = { pid: 1, console: 'http://127.0.0.1:9', token: 'x' };
    writeFileSync(join(dir, 'run.json'), JSON.stringify(left));
    expect((await run(['tunnel', 'status', '--data-dir', dir])).code).toBe(3);
    expect((await run(['login', '--data-dir', dir])).code).toBe(3);
    const foreign = { ...left, console: 'http://evil.example' };
    writeFileSync(join(dir, 'run.json'), JSON.stringify(foreign));
    expect((await run(['login', '--data-dir', dir])).code).toBe(3);
  });

  test('auth enrols the device itself, and says what is wrong with a token', async () => {
    const dir = tempDir();
    const file = join(dir, 'auth.token');
    writeFileSync(file, 'cwe1_AAAA\n');
    const { code, err } = await run(['tunnel', 'auth', '--token-file', file, '--data-dir', dir]);
    expect([code, err.includes('TOKEN_MALFORMED'), err.includes('AAAA')]).toEqual([1, true, false]);
  });
});

describe('the command line', () => {
  test.each([
    ['nonsense'],
    ['tunnel'],
    ['tunnel', 'dance'],
    ['gateway', 'stop'],
    ['start', '--nonsense'],
    ['start', '--console-port', '70000'],
    ['start', '--console-port', 'x'],
    ['start', '--management', '8080'],
    ['start', '--practice', '--management', '127.0.0.1:0'],
    ['start', '--practice', '--tunnel-config', 'config.yaml'],
    ['send', 'bot'],
    ['send', 'bot', 'two', 'words'],
  ])('%s %s is a usage error', async (...argv) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('causeway --help');
  });

  test('helps in the language of its user', async () => {
    expect((await run(['--help'])).out).toContain('one-time link');
    expect((await run(['help'], { env: { LC_ALL: 'zh_CN.UTF-8' } })).out).toContain(
      '一次性登录链接',
    );
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
    expect((await run([])).code).toBe(2);
  });

  // What `tunnel-client` and `gateway` become, and the options of a command.
  test.each([
    [['tunnel', '--help']],
    [['gateway', '-h']],
    [['start', '--help']],
    [['tunnel', 'auth', '--help']],
  ])('%j helps', async (argv) => {
    expect(await run(argv)).toMatchObject({ code: 0, out: (await run(['--help'])).out, err: '' });
    expect((await run([argv[0] ?? '', '--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  test.each([
    ['tunnel', 'tunnel needs one of: auth, status, connect, disconnect.'],
    ['gateway', 'gateway needs one of: start.'],
    ['config', 'config needs one of: check.'],
  ])('%s alone is told what may follow', async (command, words) => {
    expect((await run([command])).err).toContain(words);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'root leaves the directory of a service that runs as another user alone',
    async () => {
      const dir = tempDir();
      chownSync(dir, 65_534, 65_534);
      for (const argv of [['start'], ['tunnel', 'auth', '--token-file', join(dir, 'auth.token')]]) {
        const { code, err } = await run([...argv, '--data-dir', dir]);
        expect([code, err]).toEqual([2, expect.stringContaining('uid 65534')]);
      }
      expect(readdirSync(dir)).toEqual([]);
    },
  );

  test('a relay program that is not installed is named', async () => {
    const { code, err } = await run(['relay', 'start']);
    expect([code, err]).toEqual([1, 'The relay program is not part of this installation.\n']);
  });
});
