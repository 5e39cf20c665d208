import { readFile } from 'node:fs/promises';
import { Agent, fetch, type Response } from 'undici';
import * as z from 'zod';
import { AppError, fromErrorInfo } from '../../common/errors/app-error.ts';
import { adminKeyFile } from '../admin/key.ts';
import { parseListen, readAdminTls, readSettings } from './settings.ts';

/** The running relay's admin API, as the commands on its own machine use it. */
export interface AdminClient {
  /** Sends a request and checks the answer. Throws the relay's own error, `RELAY_REFUSED`, or `RELAY_NOT_CAUSEWAY`. */
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

/** Finds address and key in the data directory; `address` overrides the former. Throws `CONFIG_INVALID`. */
export async function openAdminClient(dataDir: string, address?: string): Promise<AdminClient> {
  const { base, certificate } = await adminOf(dataDir, address);
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
        ...(certificate === null ? {} : { dispatcher: trusting(certificate) }),
      });
    } catch (cause) {
      throw new AppError('RELAY_REFUSED', { endpoint: base }, { cause });
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

async function adminOf(
  dataDir: string,
  address: string | undefined,
): Promise<{ base: string; certificate: string | null }> {
  if (address !== undefined && !address.startsWith('https:')) {
    return { base: address, certificate: null };
  }
  const settings = await readSettings(dataDir);
  const tls = await readAdminTls(dataDir, settings);
  const at = parseListen(settings.listen.admin);
  const host = at?.host ?? '127.0.0.1';
  // What listens on every address is reached on this machine's own.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const written = reachable.includes(':') ? `[${reachable}]` : reachable;
  const scheme = tls === null ? 'http' : 'https';
  return {
    base: address ?? `${scheme}://${written}:${at?.port ?? 0}`,
    certificate: tls?.cert ?? null,
  };
}
