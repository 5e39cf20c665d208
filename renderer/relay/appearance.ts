import { Account } from '../../common/domain/relay/views.ts';
import type { Locale } from '../../common/domain/settings.ts';
import { chooseLocale } from '../../common/i18n/translate.ts';

/** How somebody wants the console. */
export type Appearance = Pick<Account, 'locale' | 'theme'>;

const KEY = 'causeway-relay-appearance';
const Stored = Account.pick({ locale: true, theme: true });

/** What this browser was told last, for the pages before one has signed in. */
export function storedAppearance(): Appearance {
  try {
    return Stored.parse(JSON.parse(window.localStorage.getItem(KEY) ?? 'null'));
  } catch {
    // Nothing stored, something else, or storage is forbidden: the system's choice holds.
    return { locale: 'auto', theme: 'auto' };
  }
}

export function storeAppearance({ locale, theme }: Appearance): void {
  try {
    window.localStorage.setItem(KEY, JSON.stringify({ locale, theme }));
  } catch {
    // As above: the next sign-in page follows the system.
  }
}

export function localeOf({ locale }: Appearance): Locale {
  return locale === 'auto' ? chooseLocale(navigator.languages) : locale;
}
