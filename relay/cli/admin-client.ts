import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { AppError, fromErrorInfo } from '../../common/errors/app-error.ts';
import { adminKeyFile } from '../admin/key.ts';
import { parseListen, readSettings } from './settings.ts';

/** The running relay's admin API, as the commands on its own machine use it. */
export interface AdminClient {
  /** Sends a request and checks the answer. Throws the relay's own error, `RELAY_REFUSED`, or `RELAY_NOT_CAUSEWAY`. */
  call<T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, body?: object): Promise<T>;
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
  const base = address ?? (await addressOf(dataDir));
  const file = adminKeyFile(dataDir);
  let key: string;
  try {
    key = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', { file, reason: 'the file cannot be read' }, { cause });
  }
  return {
    call: async (method, path, schema, body) => {
      let response: Response;
      try {
        response = await fetch(new URL(path, base), {
          method,
          signal: AbortSignal.timeout(DEADLINE),
          headers: {
            authorization: `Bearer ${key}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch (cause) {
        throw new AppError('RELAY_REFUSED', { endpoint: base }, { cause });
      }
      const value: unknown =
        response.status === 204 ? null : await response.json().catch(() => null);
      if (!response.ok) {
        const problem = Problem.safeParse(value);
        if (problem.success) throw fromErrorInfo(problem.data.error);
      }
      const parsed = schema.safeParse(value);
      if (!response.ok || !parsed.success) {
        throw new AppError('RELAY_NOT_CAUSEWAY', { endpoint: base });
      }
      return parsed.data;
    },
  };
}

async function addressOf(dataDir: string): Promise<string> {
  const listen = parseListen((await readSettings(dataDir)).listen.admin);
  const host = listen?.host ?? '127.0.0.1';
  // What listens on every address is reached on this machine's own.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const written = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `http://${written}:${listen?.port ?? 0}`;
}
