import { useEffect } from 'react';
import type { Locale, Settings } from '../../common/domain/settings.ts';

/** Puts language and theme on the document, where style sheets and screen readers look for them. */
export function useAppearance(locale: Locale, theme: Settings['theme']): void {
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === 'auto') delete dataset['theme'];
    else dataset['theme'] = theme;
  }, [theme]);
}
