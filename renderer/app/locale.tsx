import { createContext, use, useMemo, type ReactElement, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';
import type { Locale } from '../../common/domain/settings.ts';
import { createTranslate, type Translate } from '../../common/i18n/translate.ts';

const LocaleContext = createContext<{ locale: Locale; t: Translate }>({
  locale: 'en',
  t: createTranslate('en'),
});

export function LocaleProvider(props: { locale: Locale; children: ReactNode }): ReactElement {
  const { locale, children } = props;
  const value = useMemo(() => ({ locale, t: createTranslate(locale) }), [locale]);
  return (
    <LocaleContext value={value}>
      <I18nProvider locale={locale}>{children}</I18nProvider>
    </LocaleContext>
  );
}

/** `t('overview.title')`: words in the operator's language; keys are checked by the compiler. */
export function useTranslate(): Translate {
  return use(LocaleContext).t;
}

export function useLocale(): Locale {
  return use(LocaleContext).locale;
}
