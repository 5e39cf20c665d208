import { join } from 'node:path';
import type { Locale } from '../../../common/domain/settings.ts';
import {
  applyProcessConfig,
  createCore,
  createFileSecretBox,
  findConfigFile,
  tunnelConfigPlace,
  type Core,
  type CoreOptions,
} from '../../core/index.ts';
import { systemLocale } from '../locale.ts';
import { rendererDir } from '../locate.ts';
import { readableLog } from '../log-stream.ts';
import { removeRunFile, writeRunFile } from '../run-file.ts';
import { startConsoleServer, type ConsoleServer } from '../serve/index.ts';
import { version } from '../../../common/version.ts';
import { print, requireOwner, type CommandContext } from './context.ts';

export interface StartOptions {
  /** 0 takes a free one. */
  readonly consolePort: number;
  readonly management: { readonly host: string; readonly port: number } | undefined;
  readonly practice: boolean;
  /** One line of JSON on stdout when all is up; nothing else there. */
  readonly json: boolean;
  readonly readonly: boolean;
  /** The gateway's `config.toml`; the one at the guide's place unless named. */
  readonly config?: string;
  /** The tunnel's `config.yaml`; the one at the guide's place unless named. */
  readonly tunnelConfig?: string;
}

/** Time that requests under way have after the first signal. */
const DRAIN_MS = 10_000;
/** Beyond the drain, for what closes after it. */
const GRACE_MS = 2_000;

/** A core with what belongs to it. */
interface Running {
  readonly core: Core;
  /** Fields of the ready line. */
  readonly ready: Readonly<Record<string, unknown>> & { readonly gateway: string };
  /** First sign-in to the console of practice mode's relay. */
  readonly relayLogin?: () => Promise<{ readonly user: string; readonly password: string } | null>;
  stop(): Promise<void>;
}

/** Runs until a signal: 0 after a drain, 1 after an error that nothing caught. */
export async function start(context: CommandContext, options: StartOptions): Promise<number> {
  const { io, words, dataDir } = context;
  const config = options.practice ? undefined : findConfigFile(options.config);
  // Before the first file is looked at off the main thread.
  if (config !== undefined) applyProcessConfig(config, io.env);
  await requireOwner(context);
  const { promise: ended, resolve: end } = Promise.withResolvers<{ error?: unknown } | 'signal'>();
  let signals = 0;
  const offSignal = io.onSignal(() => {
    signals += 1;
    if (signals > 1) return io.exit(130);
    print(io.stderr, words.t('cli.start.stopping', { seconds: DRAIN_MS / 1000 }));
    end('signal');
  });
  const offDefect = io.onDefect((error) => end({ error }));

  const running = await startCore(context, options, config);
  const offReload = io.onReload(() => {
    // What was wrong is in the log and in the status; what was in force stays.
    running.core.reloadConfig().catch(() => undefined);
  });
  let server: ConsoleServer | undefined;
  let code = 0;
  try {
    server = await startConsoleServer({
      core: running.core,
      rendererDir: rendererDir(),
      port: options.consolePort,
      readonly: options.readonly,
    });
    await writeRunFile(dataDir, { pid: process.pid, console: server.origin, token: server.token });
    await announce(context, options, running, server);
    const reason = await ended;
    if (reason !== 'signal') {
      running.core.log.error(
        { err: reason.error },
        'an error that nothing caught ends the program',
      );
      code = 1;
    }
  } finally {
    const stopped = stopAll(dataDir, running, server).then(() => true);
    const overdue = setTimeout(() => io.exit(1), DRAIN_MS + GRACE_MS);
    await stopped.finally(() => clearTimeout(overdue));
    offSignal();
    offReload();
    offDefect();
  }
  return code;
}

async function startCore(
  { io, dataDir }: CommandContext,
  options: StartOptions,
  config: string | undefined,
): Promise<Running> {
  const locale: Locale = systemLocale(io.env);
  const readable = io.stderr.isTTY === true && !options.json;
  const common: Pick<CoreOptions, 'secrets' | 'host' | 'systemLocale' | 'logStream'> = {
    secrets: await createFileSecretBox(join(dataDir, 'secret.key')),
    host: {},
    systemLocale: locale,
    logStream: readable ? readableLog(io.stderr) : io.stderr,
  };
  if (options.practice) {
    const { startPractice } = await import('../../../practice/index.ts');
    const practice = await startPractice({ dataDir, version, core: common });
    return {
      core: practice.core,
      ready: { ...practice.ready },
      relayLogin: () => practice.relayLogin(),
      stop: () => practice.stop(),
    };
  }
  const core = await createCore({
    ...common,
    dataDir,
    version,
    env: io.env,
    ...(config === undefined ? {} : { configFile: config }),
    tunnelConfig: tunnelConfigPlace(options.tunnelConfig),
    ...(options.management === undefined ? {} : { managementListen: options.management }),
  });
  return { core, ready: { gateway: core.gatewayAddress }, stop: () => core.stop(DRAIN_MS) };
}

async function announce(
  { io, words }: CommandContext,
  options: StartOptions,
  running: Running,
  server: ConsoleServer,
): Promise<void> {
  if (options.json) {
    const line = { event: 'ready', console: server.loginLink(), ...running.ready };
    print(io.stdout, JSON.stringify(line));
    return;
  }
  const { simulator, public: address } = running.ready;
  if (typeof simulator === 'string' && typeof address === 'string') {
    print(io.stderr, words.t('cli.start.practice', { simulator, public: address }));
  }
  if (running.core.snapshot().tunnel.state.phase === 'unenrolled') {
    print(io.stderr, words.t('cli.start.unenrolled'));
  }
  // systemd sets this for services: what is printed there is kept, and others can read it.
  const kept = io.env['JOURNAL_STREAM'] !== undefined && io.stderr.isTTY !== true;
  const login = kept ? null : await running.relayLogin?.();
  if (login != null) {
    const { relayAdmin } = running.ready;
    const address = typeof relayAdmin === 'string' ? relayAdmin : '';
    print(io.stderr, words.t('cli.start.practiceRelay', { address, ...login }));
  }
  print(
    io.stderr,
    kept
      ? words.t('cli.start.consoleHidden', { origin: server.origin })
      : words.t('cli.start.console', { link: server.loginLink() }),
  );
}

async function stopAll(
  dataDir: string,
  running: Running,
  server: ConsoleServer | undefined,
): Promise<void> {
  // Whatever fails, what is open is closed: messages under way wait for the core's drain.
  const failures: unknown[] = [];
  for (const step of [() => removeRunFile(dataDir), () => server?.close(), () => running.stop()]) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
