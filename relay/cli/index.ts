import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import { chooseLocale, createTranslate } from '../../common/i18n/translate.ts';
import { admin } from './admin.ts';
import { audit } from './audit.ts';
import { UsageError, type Terminal } from './command.ts';
import { help } from './help.ts';
import { init } from './init.ts';
import { start } from './start.ts';
import { tunnel } from './tunnel.ts';
import { version } from '../../common/version.ts';

const commands: Readonly<
  Record<string, (args: readonly string[], terminal: Terminal) => Promise<void>>
> = { init, start, tunnel, admin, audit };

const standard: Terminal = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};

/**
 * The relay's command line, without the program's name in front. Resolves with the exit code: 0 done, 1 failed,
 * 2 the command line makes no sense. Never throws.
 */
export async function main(
  argv: readonly string[],
  terminal: Terminal = standard,
): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || argv.includes('--help') || name === 'help') {
    terminal.out(help);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    terminal.out(version);
    return 0;
  }
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw new UsageError(`"${name}" is no command`);
    await command(args, terminal);
    return 0;
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      terminal.err(`${thrown.message}. See "relay --help".`);
      return 2;
    }
    for (const line of explain(thrown)) terminal.err(line);
    return 1;
  }
}

/** What happened, what to do, and the code with its facts; a defect keeps its stack, for the report. */
function explain(thrown: unknown): string[] {
  const t = createTranslate(chooseLocale([process.env['LANG'] ?? '']));
  const { code, params } = toErrorInfo(thrown);
  const facts = Object.entries(params).map(([key, value]) => `${key}: ${value}`);
  const lines = [
    `${t(`errors.${code}.what`, params)} ${t(`errors.${code}.do`, params)}`,
    facts.length === 0 ? code : `${code} (${facts.join(', ')})`,
  ];
  if (!(thrown instanceof AppError) && thrown instanceof Error) lines.push(thrown.stack ?? '');
  return lines;
}
