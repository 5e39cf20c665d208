import type { Database } from 'better-sqlite3';
import * as z from 'zod';
import { AppError, toErrorInfo } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { SecretBox } from '../types.ts';

/** A secret that is sealed and ready to be stored; made before a transaction, because sealing is asynchronous. */
export interface SealedSecret {
  readonly name: string;
  readonly value: string;
  readonly sealed: Uint8Array;
}

/** Secrets by name, sealed at rest, open in memory while the program runs. */
export interface SecretStore {
  get(name: string): string | undefined;
  /** Throws `SECRET_STORE_UNAVAILABLE`; nothing is stored yet. */
  seal(name: string, value: string): Promise<SealedSecret>;
  put(secret: SealedSecret): void;
  /** Removes one secret, or with a `/` at the end every secret below that name. */
  remove(name: string): void;
  /** Returns the function that takes what is open in memory back to this moment, for a transaction that failed. */
  checkpoint(): () => void;
}

/** What is sealed carries its own name, so that a row copied over another one does not pass for it. */
const Named = z.tuple([z.string(), z.string()]);

/**
 * Opens every stored secret. One that no longer opens counts as unset and is left as it is, so that it comes back with its
 * key; the log names it by its code. Throws `SECRET_STORE_UNAVAILABLE` where there are secrets and none can be opened for now.
 */
export async function openSecretStore(
  database: Database,
  box: SecretBox,
  log: Logger,
): Promise<SecretStore> {
  const all = database.prepare<[], { name: string; sealed: Buffer }>(
    'SELECT name, sealed FROM secrets ORDER BY name',
  );
  const insert = database.prepare(
    'INSERT INTO secrets (name, sealed) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed',
  );
  const drop = database.prepare('DELETE FROM secrets WHERE name = ?');
  const dropBelow = database.prepare('DELETE FROM secrets WHERE substr(name, 1, length(?)) = ?');
  let opened = new Map<string, string>();

  const seal = async (name: string, value: string): Promise<SealedSecret> => ({
    name,
    value,
    sealed: await box.seal(JSON.stringify([name, value])),
  });
  const put = (secret: SealedSecret): void => {
    insert.run(secret.name, Buffer.from(secret.sealed));
    opened.set(secret.name, secret.value);
  };

  for (const row of all.all()) {
    try {
      const { plaintext, reseal } = await box.open(row.sealed);
      const value = unwrap(row.name, plaintext);
      opened.set(row.name, value);
      if (reseal) put(await seal(row.name, value));
    } catch (error) {
      // Locked for now, as a keystore is before its user has signed in: running without secrets would refuse callbacks.
      if (toErrorInfo(error).code === 'SECRET_STORE_UNAVAILABLE') throw error;
      log.warn({ code: toErrorInfo(error).code, name: row.name }, 'a stored secret does not open');
    }
  }
  return {
    get: (name) => opened.get(name),
    seal,
    put,
    remove(name) {
      if (!name.endsWith('/')) {
        drop.run(name);
        opened.delete(name);
        return;
      }
      dropBelow.run(name, name);
      for (const key of opened.keys()) if (key.startsWith(name)) opened.delete(key);
    },
    checkpoint() {
      const before = new Map(opened);
      return () => {
        opened = before;
      };
    },
  };
}

function unwrap(name: string, plaintext: string): string {
  let named: z.infer<typeof Named>;
  try {
    named = Named.parse(JSON.parse(plaintext));
  } catch {
    throw new AppError('SECRET_UNREADABLE', { name });
  }
  if (named[0] !== name) throw new AppError('SECRET_UNREADABLE', { name });
  return named[1];
}
