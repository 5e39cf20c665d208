import type { Locale } from '../../common/domain/settings.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import { bundles, type MessageKey } from '../../common/i18n/bundle.ts';
import { createTranslate, type Translate } from '../../common/i18n/translate.ts';

/** The command line's voice: its language, and errors in words. */
export interface Words {
  readonly t: Translate;
  /** What happened, what to do, and the code. */
  error(thrown: unknown): string;
}

export function createWords(locale: Locale): Words {
  const t = createTranslate(locale);
  const has = (key: string): key is MessageKey => Object.hasOwn(bundles[locale], key);
  return {
    t,
    error(thrown) {
      if (isSystemError(thrown)) return t('cli.system', { detail: thrown.message });
      const { code, params } = toErrorInfo(thrown);
      const spoken = Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name, String(value)]),
      );
      const say = (part: 'what' | 'do'): string => {
        const key = `errors.${code}.${part}`;
        return has(key) ? t(key, spoken) : '';
      };
      const words = t('cli.error', { what: say('what'), remedy: say('do'), code });
      const detail = Object.entries(spoken)
        .map(([name, value]) => `${name}=${value}`)
        .join(', ');
      // An error that is not ours has no parameters, and its own words are all that helps to find the defect.
      const own =
        thrown instanceof AppError ? detail : thrown instanceof Error ? thrown.message : '';
      return own === '' ? words : `${words}\n${t('cli.errorDetail', { detail: own })}`;
    },
  };
}

/** A file or an address that the operating system does not give: nothing is wrong inside the program. */
function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'errno' in thrown && 'syscall' in thrown;
}
