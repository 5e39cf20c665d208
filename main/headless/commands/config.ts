import { checkConfigFile, DEFAULT_CONFIG } from '../../core/index.ts';
import { print, type CommandContext } from './context.ts';

/** `config check`: 0 and one line where the file can be used, else 1 and a line for each thing that is wrong. */
export async function checkConfig(
  { io, words }: CommandContext,
  named: string | undefined,
): Promise<number> {
  const file = named ?? DEFAULT_CONFIG;
  const checked = checkConfigFile(file, io.env);
  if (!('problems' in checked)) {
    print(io.stdout, words.t('cli.config.ok', { file: checked.path }));
    return 0;
  }
  for (const { line, column, key, reason, allowed } of checked.problems) {
    const place = `${file}:${line}:${column}`;
    print(io.stderr, words.t(`cli.config.${reason}`, { place, key, allowed }));
  }
  return 1;
}
