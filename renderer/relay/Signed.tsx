import { useEffect, type ReactElement } from 'react';
import { ErrorText } from '../components/ErrorText.tsx';
import frame from '../app/Frame.module.css';
import { storeAppearance, type Appearance } from './appearance.ts';
import { useRelayState } from './console.tsx';
import { Frame } from './Frame.tsx';

/** Everything behind the sign-in page. Tells the page how its user wants it. */
export function Signed(props: { onAppearance: (appearance: Appearance) => void }): ReactElement {
  const { onAppearance } = props;
  const account = useRelayState((state) => state.info?.account ?? null);
  const ready = useRelayState((state) => state.snapshot !== null);
  const link = useRelayState((state) => state.link);
  useEffect(() => {
    if (account === null) return;
    storeAppearance(account);
    onAppearance(account);
  }, [account, onAppearance]);
  if (ready) return <Frame />;
  return (
    <div className={frame.frame}>
      <div className={frame.rail} />
      <div className={frame.strip} />
      <main className={frame.main} aria-busy={link === 'connecting'}>
        {(link === 'lost' || link === 'outdated') && (
          <div className={frame.starting}>
            <ErrorText
              error={{ code: link === 'lost' ? 'HOST_GONE' : 'CONTRACT_VERSION', params: {} }}
            />
          </div>
        )}
      </main>
    </div>
  );
}
