import { useCallback, useEffect, useState, type ReactElement } from 'react';
import { createClientOf } from '../../common/contract/client.ts';
import { RELAY_CONTRACT_VERSION, type RelayApi } from '../../common/contract/relay-api.ts';
import { CONSOLE_SOCKET_PATH } from '../../common/contract/wire.ts';
import { LocaleProvider } from '../app/locale.tsx';
import { useAppearance } from '../app/useAppearance.ts';
import { ToastProvider } from '../components/Toast.tsx';
import { createWsTransport } from '../transport/ws.ts';
import { localeOf, storedAppearance, type Appearance } from './appearance.ts';
import { Signed } from './Signed.tsx';
import { RelayProvider } from './console.tsx';
import { Login } from './Login.tsx';
import { currentUser, logOut } from './session.ts';
import { createRelayStore, type RelayClient, type RelayStore } from './store.ts';

type Phase =
  | { readonly at: 'asking' }
  | { readonly at: 'login'; readonly ended: boolean }
  | { readonly at: 'open'; readonly link: OpenLink };

interface OpenLink {
  readonly client: RelayClient;
  readonly store: RelayStore;
  readonly close: () => void;
}

/** The relay's console: the sign-in page, or everything behind it. */
export function Root(): ReactElement {
  const [phase, setPhase] = useState<Phase>({ at: 'asking' });
  const [appearance, setAppearance] = useState<Appearance>(storedAppearance);
  const locale = localeOf(appearance);
  useAppearance(locale, appearance.theme);

  const enter = useCallback(() => setPhase({ at: 'open', link: openLink() }), []);
  useEffect(() => {
    let gone = false;
    const ask = async (): Promise<void> => {
      const user = await currentUser().catch(() => null);
      if (gone) return;
      if (user === null) setPhase({ at: 'login', ended: false });
      else enter();
    };
    void ask();
    return () => {
      gone = true;
    };
  }, [enter]);

  const link = phase.at === 'open' ? phase.link : null;
  const leave = useCallback((left: OpenLink, ended: boolean) => {
    left.close();
    setPhase({ at: 'login', ended });
  }, []);
  useEffect(() => {
    if (link === null) return undefined;
    let asking = false;
    // A browser is not told why a socket was refused; whether the session is over has to be asked.
    const ask = async (): Promise<void> => {
      if (link.store.get().link !== 'lost' || asking) return;
      asking = true;
      const user = await currentUser().catch(() => undefined);
      asking = false;
      if (user === null) leave(link, true);
    };
    return link.store.subscribe(() => void ask());
  }, [link, leave]);

  const signOut = useCallback(() => {
    if (link === null) return;
    logOut().then(
      () => leave(link, false),
      () => undefined,
    );
  }, [link, leave]);

  return (
    <LocaleProvider locale={locale}>
      <ToastProvider>
        {phase.at === 'login' && <Login ended={phase.ended} onEntered={enter} />}
        {phase.at === 'open' && (
          <RelayProvider client={phase.link.client} store={phase.link.store} signOut={signOut}>
            <Signed onAppearance={setAppearance} />
          </RelayProvider>
        )}
      </ToastProvider>
    </LocaleProvider>
  );
}

function openLink(): OpenLink {
  const url = new URL(CONSOLE_SOCKET_PATH, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  const transport = createWsTransport(url.href, undefined, RELAY_CONTRACT_VERSION);
  const client = createClientOf<RelayApi>(transport);
  const store = createRelayStore(client, transport);
  return {
    client,
    store,
    close: () => {
      store.stop();
      transport.close();
    },
  };
}
