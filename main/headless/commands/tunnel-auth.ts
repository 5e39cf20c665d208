import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Client } from '../../../common/contract/client.ts';
import type { EnrolmentRequest, TunnelView } from '../../../common/domain/tunnel.ts';
import { AppError, fromErrorInfo } from '../../../common/errors/app-error.ts';
import { NotRunningError, print, withRunning, type CommandContext } from './context.ts';
import { reportWhenSettled, withOwnCore } from './tunnel.ts';

/** How long the command waits for the relay's first word about an auth file. */
const FIRST_ANSWER_MS = 15_000;

/** What `tunnel auth` enrols with: a token, or a file that is one, or that is or becomes an auth file. */
export interface AuthSource {
  readonly token?: string;
  readonly file?: string;
  /** Where the certificate of an auth file is picked up. */
  readonly relay?: { readonly endpoint: string; readonly caSha256: string };
  /** The `config.yaml` to enrol by where no program runs. */
  readonly config?: string;
  /** Whether to stay until an auth file is approved or refused. */
  readonly wait: boolean;
}

/** Enrols this device: in the running program, or on its data directory when none runs. */
export async function auth(context: CommandContext, source: AuthSource): Promise<number> {
  const given = await readSource(context, source);
  const enrol =
    (report: typeof reportWhenSettled) =>
    (client: Client): Promise<number> =>
      'token' in given
        ? enrolByToken(client, context, given.token, report)
        : enrolByFile(client, context, given, source, report);
  try {
    return await withRunning(context.dataDir, enrol(reportWhenSettled));
  } catch (error) {
    if (!(error instanceof NotRunningError)) throw error;
    return withOwnCore(context, enrol(connectsLater), source.config);
  }
}

/** Nothing of this command carries messages: the service does, once it runs. */
async function connectsLater(_client: Client, { io, words }: CommandContext): Promise<number> {
  print(io.stdout, words.t('cli.auth.later'));
  return 0;
}

type Given =
  | { readonly token: string }
  /** An auth file; `content` is null while there is none. */
  | { readonly file: string; readonly content: string | null };

async function enrolByToken(
  client: Client,
  context: CommandContext,
  token: string,
  report: typeof reportWhenSettled,
): Promise<number> {
  await client.call('tunnel.enrol', { token });
  return enrolled(client, context, report);
}

async function enrolled(
  client: Client,
  context: CommandContext,
  report: typeof reportWhenSettled,
): Promise<number> {
  const { io, words } = context;
  const { tunnel } = await client.call('state.get');
  print(io.stdout, words.t('cli.auth.done', { tunnel: tunnel.device?.tunnel ?? '' }));
  return report(client, context);
}

async function enrolByFile(
  client: Client,
  context: CommandContext,
  { file, content }: Extract<Given, { file: string }>,
  { relay, wait }: AuthSource,
  report: typeof reportWhenSettled,
): Promise<number> {
  const { io, words } = context;
  const request = await client.call('tunnel.request', relay === undefined ? {} : { relay });
  if (content === null) await writeFile(file, request.file, { flag: 'wx', mode: 0o644 });
  else if (content.trim() !== request.file.trim()) {
    throw new AppError('AUTH_FILE_INVALID', { reason: 'another-device', file });
  }
  const { fingerprint } = request;
  if (content === null) {
    print(io.stdout, words.t('cli.auth.fileWritten', { file, fingerprint }));
  }
  const tunnel = await answered(client, wait ? null : FIRST_ANSWER_MS);
  if (tunnel.request === undefined) return enrolled(client, context, report);
  if (tunnel.request.error !== null) throw fromErrorInfo(tunnel.request.error);
  if (content !== null) print(io.stdout, words.t('cli.auth.fileWaits', { file, fingerprint }));
  const { endpoint } = tunnel.request;
  print(
    io.stdout,
    endpoint === null ? words.t('cli.auth.relayUnknown') : words.t('cli.auth.asks', { endpoint }),
  );
  return 0;
}

/** The tunnel once the relay has said something of the auth file: at all, or (with null) what ends the waiting. */
async function answered(client: Client, limitMs: number | null): Promise<TunnelView> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const isDone = ({ request }: TunnelView): boolean =>
    request === undefined ||
    request.endpoint === null ||
    (limitMs === null ? isOver(request) : request.askedAt !== null);
  const end = client.on('state.changed', ({ patch }) => {
    if (patch.tunnel !== undefined && isDone(patch.tunnel)) resolve();
  });
  const timer = limitMs === null ? null : setTimeout(resolve, limitMs);
  try {
    const { tunnel } = await client.call('state.get');
    if (isDone(tunnel)) return tunnel;
    await promise;
    return (await client.call('state.get')).tunnel;
  } finally {
    if (timer !== null) clearTimeout(timer);
    end();
  }
}

function isOver({ error }: EnrolmentRequest): boolean {
  return error?.code === 'ENROLMENT_REFUSED';
}

async function readSource({ io, words }: CommandContext, source: AuthSource): Promise<Given> {
  if (source.token !== undefined) return { token: source.token };
  if (source.file !== undefined) return readSourceFile(source.file);
  if (io.stdin.isTTY !== true) return { token: await text(io.stdin) };
  print(io.stderr, words.t('cli.auth.prompt'));
  const lines = createInterface({ input: io.stdin });
  try {
    for await (const line of lines) return { token: line };
    return { token: '' };
  } finally {
    lines.close();
  }
}

async function readSourceFile(file: string): Promise<Given> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { file, content: null };
    throw error;
  }
  return content.trimStart().startsWith('{') ? { file, content } : { token: content };
}
