import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ParseArgsOptionsConfig } from 'node:util';
import { Agent, fetch, type Response } from 'undici';
import * as z from 'zod';
import { AppError, fromErrorInfo } from '../../common/errors/app-error.ts';
import { adminKeyFile } from '../admin/key.ts';
import { requiredText, text, type ParsedCommand } from './command.ts';
import { parseListen, readAdminTls, readSettings } from './settings.ts';

/** The running relay's admin API, as the commands on its own machine use it. */
export interface AdminClient {
  /** Sends a request and checks the answer. Throws the relay's own error, `RELAY_ADMIN_UNREACHABLE`, or `RELAY_NOT_CAUSEWAY`. */
  call<T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, body?: object): Promise<T>;
  /** The body of an answer as it comes. Throws the same. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>;
}

const DEADLINE = 10_000;
const Problem = z.object({
  error: z.object({
    code: z.string(),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
  }),
});

/** What a command line says of the running relay's admin port; the rest is found in the data directory. */
export interface AdminAddress {
  readonly address?: string;
  /** File of the authorities (PEM) by which its certificate is to be trusted. */
  readonly ca?: string;
}

/** Options of every command that talks to a running relay. */
export const adminOptions = {
  admin: { type: 'string' },
  ca: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

/** The client that a command line asks for. Throws `CONFIG_INVALID`. */
export function adminClientOf(command: ParsedCommand): Promise<AdminClient> {
  const address = text(command, 'admin');
  const ca = text(command, 'ca');
  return openAdminClient(resolve(requiredText(command, 'data-dir')), {
    ...(address === undefined ? {} : { address }),
    ...(ca === undefined ? {} : { ca }),
  });
}

/** Finds address and key in the data directory, where `at` does not say. Throws `CONFIG_INVALID`. */
export async function openAdminClient(
  dataDir: string,
  at: AdminAddress = {},
): Promise<AdminClient> {
  const { base, dispatcher } = await adminOf(dataDir, at);
  const file = adminKeyFile(dataDir);
  let key: string;
  try {
    key = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', { file, reason: 'the file cannot be read' }, { cause });
  }
  const ask = async (method: 'GET' | 'POST', path: string, body?: object): Promise<Response> => {
    try {
      return await fetch(new URL(path, base), {
        method,
        signal: AbortSignal.timeout(DEADLINE),
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(dispatcher === null ? {} : { dispatcher }),
      });
    } catch (cause) {
      throw new AppError('RELAY_ADMIN_UNREACHABLE', { endpoint: base }, { cause });
    }
  };
  /** The relay's own error where there is one. */
  const problemOf = (value: unknown): AppError => {
    const problem = Problem.safeParse(value);
    return problem.success
      ? fromErrorInfo(problem.data.error)
      : new AppError('RELAY_NOT_CAUSEWAY', { endpoint: base });
  };
  return {
    call: async (method, path, schema, body) => {
      const response = await ask(method, path, body);
      const value: unknown =
        response.status === 204 ? null : await response.json().catch(() => null);
      if (!response.ok) throw problemOf(value);
      const parsed = schema.safeParse(value);
      if (!parsed.success) throw new AppError('RELAY_NOT_CAUSEWAY', { endpoint: base });
      return parsed.data;
    },
    stream: async (path) => {
      const response = await ask('GET', path);
      if (!response.ok || response.body === null) {
        throw problemOf(await response.json().catch(() => null));
      }
      return response.body;
    },
  };
}

/**
 * Trusts the configured certificate alone, whatever name this machine is reached by: the commands run where its key is.
 */
function trusting(certificate: string): Agent {
  return new Agent({
    connect: {
      ca: certificate,
      allowPartialTrustChain: true,
      checkServerIdentity: () => undefined,
    },
  });
}

/** Where the admin port is, and how its certificate is judged; null where there is none or the system's roots decide. */
async function adminOf(
  dataDir: string,
  { address, ca }: AdminAddress,
): Promise<{ base: string; dispatcher: Agent | null }> {
  if (ca !== undefined) {
    // Whoever names an authority means a relay that is reached by its own name.
    const dispatcher = new Agent({ connect: { ca: await readCa(ca) } });
    return { base: address ?? (await configured(dataDir)).base, dispatcher };
  }
  if (address !== undefined && !address.startsWith('https:')) {
    return { base: address, dispatcher: null };
  }
  const { base, certificate } = await configured(dataDir);
  return {
    base: address ?? base,
    dispatcher: certificate === null ? null : trusting(certificate),
  };
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(resolve(file), 'utf8');
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', { file, reason: 'the file cannot be read' }, { cause });
  }
}

async function configured(dataDir: string): Promise<{ base: string; certificate: string | null }> {
  const settings = await readSettings(dataDir);
  const tls = await readAdminTls(dataDir, settings);
  const at = parseListen(settings.listen.admin);
  const host = at?.host ?? '127.0.0.1';
  // What listens on every address is reached on this machine's own.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const written = reachable.includes(':') ? `[${reachable}]` : reachable;
  const scheme = tls === null ? 'http' : 'https';
  return { base: `${scheme}://${written}:${at?.port ?? 0}`, certificate: tls?.cert ?? null };
}
