import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface DesktopArguments {
  readonly hidden: boolean;
  readonly practice: boolean;
  readonly dataDir: string | null;
  /** `causeway://open?page=messages`: a page to show. It may navigate, never act. */
  readonly page: string | null;
}

const pages: ReadonlySet<string> = new Set([
  'overview',
  'messages',
  'send',
  'bots',
  'routes',
  'services',
  'tunnel',
  'certificates',
  'logs',
  'settings',
]);

/** Reads the program's own switches; Chromium's, which share the line, are passed over. */
export function readArguments(argv: readonly string[]): DesktopArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    options: {
      hidden: { type: 'boolean' },
      practice: { type: 'boolean' },
      'data-dir': { type: 'string' },
    },
  });
  const link = positionals.find((argument) => argument.startsWith('causeway:'));
  const dataDir = values['data-dir'];
  return {
    hidden: values['hidden'] === true,
    practice: values['practice'] === true,
    dataDir: typeof dataDir === 'string' && dataDir !== '' ? dataDir : null,
    page: link === undefined ? null : linkedPage(link),
  };
}

/**
 * Where everything is stored: what was asked for, else the usual place. Practice mode must not mix with the real settings, unless
 * someone says where it is to live.
 */
export function userDataDir(
  { dataDir, practice }: Pick<DesktopArguments, 'dataDir' | 'practice'>,
  usual: string,
): string {
  if (dataDir !== null) return resolve(dataDir);
  return practice ? join(usual, 'practice') : usual;
}

/** The page that a deep link names; null unless it is exactly `causeway://open?page=<known page>`. */
export function linkedPage(link: string): string | null {
  let url: URL;
  try {
    url = new URL(link);
  } catch {
    return null;
  }
  if (link.length > 200 || url.protocol !== 'causeway:' || url.host !== 'open') return null;
  const page = url.searchParams.get('page');
  return page !== null && pages.has(page) ? page : null;
}
