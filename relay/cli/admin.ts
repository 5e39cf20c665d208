import { resolve } from 'node:path';
import * as z from 'zod';
import { resetPassword } from '../admin/accounts.ts';
import { adminClientOf, adminOptions } from './admin-client.ts';
import { dataDirOption, parseCommand, requiredText, UsageError, type Terminal } from './command.ts';
import { readSettings } from './settings.ts';
import { whereItRuns } from './where.ts';

/** The user that `init` makes. */
export const FIRST_USER = 'admin';

/** `admin passwd [USER]`: a password for one sign-in; makes the user where there is none of that name. */
export async function admin(args: readonly string[], terminal: Terminal): Promise<void> {
  const command = parseCommand(args, { ...dataDirOption, ...adminOptions });
  const [verb, user = FIRST_USER, ...rest] = command.positionals;
  if (verb !== 'passwd') throw new UsageError('admin is followed by passwd');
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many`);
  const dataDir = resolve(requiredText(command, 'data-dir'));
  // A mistyped directory must not become a relay's.
  await readSettings(dataDir);
  const password = await whereItRuns(dataDir, {
    stored: (store) => resetPassword(store, user, Date.now()),
    running: async () => {
      const client = await adminClientOf(command);
      const path = `/api/admins/${encodeURIComponent(user)}/password`;
      const made = await client.call('POST', path, z.object({ password: z.string() }));
      return made.password;
    },
  });
  sayPassword(user, password, terminal);
}

/** Tells somebody the password that works once. */
export function sayPassword(user: string, password: string, terminal: Terminal): void {
  terminal.out(`Console user: ${user}`);
  terminal.out(`One-time password: ${password}`);
  terminal.out('It works once, within 7 days: the console asks for one of your own.');
}
