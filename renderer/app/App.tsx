import { useEffect, type ReactElement } from 'react';
import { chooseLocale } from '../../common/i18n/translate.ts';
import type { Locale } from '../../common/domain/settings.ts';
import { ToastProvider } from '../components/Toast.tsx';
import { useConsoleState } from './console.tsx';
import { Frame } from './Frame.tsx';
import { LocaleProvider } from './locale.tsx';
import { Starting } from './Starting.tsx';
import type { ConsoleState } from './store.ts';
import { useAppearance } from './useAppearance.ts';

function localeOf({ snapshot, info }: ConsoleState): Locale {
  const wanted = snapshot?.settings.values.locale ?? 'auto';
  if (wanted !== 'auto') return wanted;
  return info?.systemLocale ?? chooseLocale(navigator.languages);
}

/** The operator console, over whatever transport the providers above were given. */
export function App(): ReactElement {
  const locale = useConsoleState(localeOf);
  const theme = useConsoleState((state) => state.snapshot?.settings.values.theme ?? 'auto');
  const ready = useConsoleState((state) => state.snapshot !== null);
  useAppearance(locale, theme);
  useEffect(() => {
    if (!ready) document.title = 'Causeway';
  }, [ready]);
  return (
    <LocaleProvider locale={locale}>
      <ToastProvider>{ready ? <Frame /> : <Starting />}</ToastProvider>
    </LocaleProvider>
  );
}
