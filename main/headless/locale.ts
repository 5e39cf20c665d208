import type { Locale } from '../../common/domain/settings.ts';
import { chooseLocale } from '../../common/i18n/translate.ts';

/** The language of the surroundings: the POSIX variables in their order, else the system's own. */
export function systemLocale(env: Readonly<Record<string, string | undefined>>): Locale {
  const posix = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return chooseLocale([posix ?? new Intl.DateTimeFormat().resolvedOptions().locale]);
}
