import * as z from 'zod';
import { LOGIN_LINKS_PATH } from '../serve/index.ts';
import { findRunning, NotRunningError, print, type CommandContext } from './context.ts';

const Answer = z.object({ link: z.string() });
const TIMEOUT_MS = 5_000;

/** Prints a new one-time link to the console of the running program. */
export async function login({ io, words, dataDir }: CommandContext): Promise<number> {
  const run = await findRunning(dataDir);
  const response = await fetch(new URL(LOGIN_LINKS_PATH, run.console), {
    method: 'POST',
    headers: { authorization: `Bearer ${run.token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new NotRunningError();
  });
  // Another program may have taken the port of one that was killed.
  const answer = Answer.safeParse(await response.json().catch(() => null));
  if (!response.ok || !answer.success) throw new NotRunningError();
  print(io.stderr, words.t('cli.login.link'));
  print(io.stdout, answer.data.link);
  return 0;
}
