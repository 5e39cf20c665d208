import { existsSync } from 'node:fs';
import { relayProgram } from '../locate.ts';
import { print, type CommandContext } from './context.ts';

interface Program {
  readonly main: (argv: readonly string[]) => Promise<number> | number;
}

/** Hands the rest of the command line to the relay's own program, which is installed beside this one. */
export async function relay(
  { io, words }: CommandContext,
  argv: readonly string[],
): Promise<number> {
  const address = relayProgram();
  if (!existsSync(address)) {
    print(io.stderr, words.t('cli.relayMissing'));
    return 1;
  }
  const program = (await import(address.href)) as Program;
  return program.main(argv);
}
