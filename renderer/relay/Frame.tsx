import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react';
import { ErrorBoundary } from '../app/ErrorBoundary.tsx';
import frame from '../app/Frame.module.css';
import { useFrameKeys } from '../app/keys.ts';
import { useTranslate } from '../app/locale.tsx';
import { CONTENT_ID, rememberedScroll, revealFocused } from '../app/scroll.ts';
import { useKeptFocus } from '../app/useKeptFocus.ts';
import { Button } from '../components/Button.tsx';
import { StatusShape } from '../components/StatusShape.tsx';
import { useRelayState, useSnapshot } from './console.tsx';
import { HelpDialog } from './HelpDialog.tsx';
import { goKeys } from './keys.ts';
import { Rail } from './Rail.tsx';
import { formatHash, navigate, useRoute, type RelayScreen } from './router.ts';
import { Audit } from './screens/audit/Audit.tsx';
import { Certificates } from './screens/certificates/Certificates.tsx';
import { Overview } from './screens/overview/Overview.tsx';
import { Settings } from './screens/settings/Settings.tsx';
import { Traffic } from './screens/traffic/Traffic.tsx';
import { Tunnels } from './screens/tunnels/Tunnels.tsx';
import { Strip } from './Strip.tsx';

const screens: Readonly<Record<RelayScreen, ReactElement>> = {
  overview: <Overview />,
  tunnels: <Tunnels />,
  traffic: <Traffic />,
  certificates: <Certificates />,
  audit: <Audit />,
  settings: <Settings />,
};

/** Rail, strip and the screen that the address names. */
export function Frame(): ReactElement {
  const t = useTranslate();
  const { screen, param } = useRoute();
  const name = useSnapshot((snapshot) => snapshot.relay.name);
  const [helping, setHelping] = useState(false);
  const main = useRef<HTMLElement>(null);
  const help = useCallback(() => setHelping(true), []);
  const go = useCallback((next: RelayScreen) => {
    navigate(next);
    main.current?.focus();
  }, []);
  useFrameKeys({ screens: goKeys, help, go });
  useKeptFocus(main);
  // Another tab of a tunnel is the same page.
  const place = formatHash(screen, param ?? undefined);
  const shown = useRef(place);
  useEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    main.current?.scrollTo({ top: rememberedScroll() });
  }, [place]);
  return (
    <div className={frame.frame}>
      <title>{`${param ?? t(`relay.nav.${screen}`)} · ${name} – Causeway`}</title>
      <a
        className={frame.skip}
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
        className={frame.main}
        tabIndex={-1}
        onKeyUpCapture={revealFocused}
      >
        <LinkNotice />
        <ErrorBoundary key={screen}>{screens[screen]}</ErrorBoundary>
      </main>
      <HelpDialog isOpen={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

/** Says that what is shown is old, and what to do about it. */
function LinkNotice(): ReactElement | null {
  const t = useTranslate();
  const link = useRelayState((state) => state.link);
  if (link === 'open' || link === 'connecting') return null;
  return (
    <div className={frame.linkNotice} role="alert">
      <StatusShape tone={link === 'lost' ? 'bad' : 'warn'} />
      <span>{t(link === 'lost' ? 'relay.link.lost' : 'app.link.outdated')}</span>
      <Button size="small" onPress={() => window.location.reload()}>
        {t('app.reload')}
      </Button>
    </div>
  );
}
