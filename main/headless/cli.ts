import { join } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { NotRunningError, print, UsageError, type CommandContext } from './commands/context.ts';
import { checkConfig } from './commands/config.ts';
import { login } from './commands/login.ts';
import { relay } from './commands/relay.ts';
import { send } from './commands/send.ts';
import { start } from './commands/start.ts';
import { auth, type AuthSource } from './commands/tunnel-auth.ts';
import { connect, disconnect, status } from './commands/tunnel.ts';
import { chooseDataDir, surroundings } from './data-dir.ts';
import type { Io } from './io.ts';
import { systemLocale } from './locale.ts';
import { readFingerprint } from '../../common/tunnel/endpoint.ts';
import { version } from '../../common/version.ts';
import { createWords, type Words } from './words.ts';

/** Exit codes: 0 done · 1 failed · 2 the command line makes no sense · 3 no program runs. */
const FAILED = 1;
const USAGE = 2;
const NOT_RUNNING = 3;

type Options = NonNullable<ParseArgsConfig['options']>;
const dataDirOption = { 'data-dir': { type: 'string' } } as const satisfies Options;

/** Runs one command line of `causeway` and resolves with its exit code. Never rejects. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const words = createWords(systemLocale(io.env));
  try {
    return await run(argv, io, words);
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      print(io.stderr, words.t('cli.usage', { detail: error.message }));
      return USAGE;
    }
    if (error instanceof NotRunningError) {
      print(io.stderr, words.t('cli.notRunning', { dir: dataDirOf(argv, io) }));
      return NOT_RUNNING;
    }
    print(io.stderr, words.error(error));
    return FAILED;
  }
}

async function run(argv: readonly string[], io: Io, words: Words): Promise<number> {
  const [command, ...rest] = argv;
  const context = (dir: string | undefined): CommandContext => {
    // An empty variable in somebody's script: the usual directory is not what was meant.
    if (dir === '') throw new UsageError(words.t('cli.usage.missing', { what: '--data-dir DIR' }));
    return { io, words, dataDir: chooseDataDir(dir, surroundings(io.env)) };
  };
  if (command === 'relay') return relay(context(undefined), rest);
  if (command === undefined || command === 'help' || asksFor(['--help', '-h'], argv)) {
    print(io.stdout, words.t('cli.help', { version }));
    return command === undefined ? USAGE : 0;
  }
  // Of `tunnel-client --version` the command is `tunnel`.
  if (asksFor(['--version', '-v'], argv.slice(0, 2))) {
    print(io.stdout, version);
    return 0;
  }
  switch (command) {
    case 'start':
      return runStart(rest, context, words);
    case 'gateway':
      if (rest[0] === 'start') return runStart(rest.slice(1), context, words);
      throw wrong(words, argv, ['start']);
    case 'login': {
      const { values } = parseArgs({ args: rest, options: dataDirOption });
      return login(context(values['data-dir']));
    }
    case 'config': {
      const [action, ...more] = rest;
      if (action !== 'check') throw wrong(words, argv, ['check']);
      const { values } = parseArgs({
        args: more,
        options: { config: { type: 'string' }, 'tunnel-config': { type: 'string' } },
      });
      const { config, 'tunnel-config': tunnelConfig } = values;
      return checkConfig(context(undefined), { config, tunnelConfig });
    }
    case 'tunnel':
      return runTunnel(rest, context, words);
    case 'send':
      return runSend(rest, context, words);
    default:
      throw unknown(words, argv);
  }
}

type MakeContext = (dataDir: string | undefined) => CommandContext;

function runStart(args: string[], context: MakeContext, words: Words): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      ...dataDirOption,
      config: { type: 'string' },
      'console-port': { type: 'string' },
      management: { type: 'string' },
      'tunnel-config': { type: 'string' },
      practice: { type: 'boolean' },
      json: { type: 'boolean' },
      readonly: { type: 'boolean' },
    },
  });
  const practice = values.practice === true;
  if (practice && values.management !== undefined) {
    throw new UsageError(words.t('cli.usage.practiceManagement'));
  }
  if (practice && (values.config ?? values['tunnel-config']) !== undefined) {
    throw new UsageError(words.t('cli.usage.practiceConfig'));
  }
  const chosen = context(values['data-dir']);
  // Practice mode must not mix with the real settings, unless someone says where it is to live.
  const dataDir =
    practice && values['data-dir'] === undefined
      ? join(chosen.dataDir, 'practice')
      : chosen.dataDir;
  return start(
    { ...chosen, dataDir },
    {
      consolePort: parsePort(values['console-port'] ?? '0', words),
      management: parseListen(values.management, words),
      practice,
      ...(values.config === undefined ? {} : { config: values.config }),
      json: values.json === true,
      readonly: values.readonly === true,
      ...(values['tunnel-config'] === undefined ? {} : { tunnelConfig: values['tunnel-config'] }),
    },
  );
}

function runTunnel(args: string[], context: MakeContext, words: Words): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'auth': {
      const { values } = parseArgs({
        args: rest,
        options: {
          ...dataDirOption,
          token: { type: 'string' },
          'token-file': { type: 'string' },
          relay: { type: 'string' },
          'ca-sha256': { type: 'string' },
          wait: { type: 'boolean' },
          config: { type: 'string' },
        },
      });
      return auth(context(values['data-dir']), readAuthSource(values, words));
    }
    case 'status': {
      const { values } = parseArgs({
        args: rest,
        options: { ...dataDirOption, verbose: { type: 'boolean' } },
      });
      return status(context(values['data-dir']), values.verbose === true);
    }
    case 'connect':
    case 'disconnect': {
      const { values } = parseArgs({ args: rest, options: dataDirOption });
      return (command === 'connect' ? connect : disconnect)(context(values['data-dir']));
    }
    default:
      throw wrong(words, ['tunnel', ...args], ['auth', 'status', 'connect', 'disconnect']);
  }
}

function readAuthSource(
  values: {
    readonly token?: string | undefined;
    readonly 'token-file'?: string | undefined;
    readonly relay?: string | undefined;
    readonly 'ca-sha256'?: string | undefined;
    readonly wait?: boolean | undefined;
    readonly config?: string | undefined;
  },
  words: Words,
): AuthSource {
  const { token, relay, 'token-file': file, 'ca-sha256': pin, wait, config } = values;
  if ((relay === undefined) !== (pin === undefined)) {
    const what = relay === undefined ? '--relay HOST:PORT' : '--ca-sha256 HEX';
    throw new UsageError(words.t('cli.usage.missing', { what }));
  }
  const caSha256 = pin === undefined ? undefined : readFingerprint(pin);
  if (caSha256 === null) {
    throw new UsageError(words.t('cli.usage.sha256', { value: (pin ?? '').slice(0, 80) }));
  }
  return {
    ...(token === undefined ? {} : { token }),
    ...(file === undefined ? {} : { file }),
    ...(relay === undefined || caSha256 === undefined
      ? {}
      : { relay: { endpoint: relay, caSha256 } }),
    ...(config === undefined ? {} : { config }),
    wait: wait === true,
  };
}

function runSend(args: string[], context: MakeContext, words: Words): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ...dataDirOption, markdown: { type: 'boolean' } },
  });
  const [bot, text, ...more] = positionals;
  if (bot === undefined) throw new UsageError(words.t('cli.usage.missing', { what: 'BOT' }));
  if (text === undefined) throw new UsageError(words.t('cli.usage.missing', { what: 'TEXT' }));
  if (more.length > 0) throw unknown(words, more);
  return send(context(values['data-dir']), bot, text, values.markdown === true);
}

function parsePort(value: string, words: Words): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(port) || port > 65_535) {
    throw new UsageError(words.t('cli.usage.port', { value }));
  }
  return port;
}

function parseListen(
  value: string | undefined,
  words: Words,
): { host: string; port: number } | undefined {
  if (value === undefined) return undefined;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new UsageError(words.t('cli.usage.listen', { value }));
  return { host, port: parsePort(match?.[3] ?? '', words) };
}

/** Whether one of these options stands there; behind `--` it would be a text. */
function asksFor(options: readonly string[], argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).some((word) => options.includes(word));
}

/** A command that has further ones, without one of them. */
function wrong(words: Words, argv: readonly string[], choices: readonly string[]): UsageError {
  const [command = '', further] = argv;
  if (further !== undefined) return unknown(words, argv);
  return new UsageError(
    words.t('cli.usage.missingCommand', { command, choices: choices.join(', ') }),
  );
}

function unknown(words: Words, argv: readonly string[]): UsageError {
  const command = argv.slice(0, 2).join(' ').slice(0, 64);
  return new UsageError(words.t('cli.usage.unknownCommand', { command }));
}

function isParseError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  );
}

/** The data directory for a message; the command has already been refused or run. */
function dataDirOf(argv: readonly string[], io: Io): string {
  const { values } = parseArgs({ args: [...argv], options: dataDirOption, strict: false });
  const asked = values['data-dir'];
  return chooseDataDir(typeof asked === 'string' ? asked : undefined, surroundings(io.env));
}
