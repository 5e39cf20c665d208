import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { useConsoleState, useSnapshot } from './console.tsx';
import { HelpDialog } from './HelpDialog.tsx';
import { goKeys, useFrameKeys } from './keys.ts';
import { LinkNotice } from './LinkNotice.tsx';
import { useTranslate } from './locale.tsx';
import { Rail } from './Rail.tsx';
import { formatHash, navigate, useRoute } from './router.ts';
import { screens } from './screens.ts';
import { CONTENT_ID, rememberedScroll, revealFocused } from './scroll.ts';
import { type ScreenName } from './screen-names.ts';
import { Strip } from './Strip.tsx';
import { tunnelWords } from './tunnel-words.ts';
import { useKeptFocus } from './useKeptFocus.ts';
import styles from './Frame.module.css';

/** Rail, strip and the screen that the address names. */
export function Frame(): ReactElement {
  const t = useTranslate();
  const { screen, param, query } = useRoute();
  const tunnel = useSnapshot((snapshot) => snapshot.tunnel);
  const isStale = useConsoleState((state) => state.link !== 'open');
  const [helping, setHelping] = useState(false);
  const main = useRef<HTMLElement>(null);

  const help = useCallback(() => setHelping(true), []);
  const go = useCallback((next: ScreenName) => {
    navigate(next);
    main.current?.focus();
  }, []);
  useFrameKeys({ screens: goKeys, help, go });
  useKeptFocus(main);

  const words = isStale ? t('app.state.unknown') : tunnelWords(tunnel, t);
  useEffect(() => {
    document.title = `${t(`nav.${screen}`)} · ${words} – Causeway`;
  }, [t, screen, words]);
  const isFirstRun = tunnel.state.phase === 'unenrolled';
  useEffect(() => {
    // Whoever opens a Causeway that was never set up, and asked for nothing else, is led through it.
    if (isFirstRun && window.location.hash === '') navigate('enrol', null, {}, 'replace');
  }, [isFirstRun]);
  const place = formatHash(screen, param, query);
  const shown = useRef(place);
  useEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    main.current?.scrollTo({ top: rememberedScroll() });
  }, [place]);

  return (
    <div className={styles.frame}>
      <a
        className={styles.skip}
        href={`#${CONTENT_ID}`}
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t('app.skip')}
      </a>
      <Rail onHelp={help} />
      <Strip />
      <main
        ref={main}
        id={CONTENT_ID}
        className={styles.main}
        tabIndex={-1}
        onKeyUpCapture={revealFocused}
      >
        <LinkNotice />
        <ErrorBoundary key={screen}>{screens.get(screen) ?? screens.get('overview')}</ErrorBoundary>
      </main>
      <HelpDialog isOpen={helping} onClose={() => setHelping(false)} />
    </div>
  );
}
