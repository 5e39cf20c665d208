import type { ReactElement } from 'react';
import { tunnelTone, type TunnelState } from '../../common/domain/tunnel.ts';
import { Button } from '../components/Button.tsx';
import { CopyValue } from '../components/Copy.tsx';
import { Chip, Pill } from '../components/Pill.tsx';
import { useCan, useConsoleState, useSnapshot } from './console.tsx';
import { useTranslate } from './locale.tsx';
import { navigate, useRoute } from './router.ts';
import { tunnelWords } from './tunnel-words.ts';
import { useConnect } from './useConnect.ts';
import styles from './Frame.module.css';

/** Always in sight: how the tunnel is, where the public reaches it, and the one button. */
export function Strip(): ReactElement {
  const t = useTranslate();
  const tunnel = useSnapshot((snapshot) => snapshot.tunnel);
  const practice = useSnapshot((snapshot) => snapshot.practice !== null);
  const isStale = useConsoleState((state) => state.link !== 'open');
  const address = tunnel.publicUrls[0];
  return (
    <header className={styles.strip} aria-label={t('app.strip')}>
      <output className={styles.state}>
        {isStale ? (
          <Pill tone="bad">{t('app.state.unknown')}</Pill>
        ) : (
          <Pill tone={tunnelTone(tunnel.state)}>{tunnelWords(tunnel, t)}</Pill>
        )}
      </output>
      {address !== undefined && (
        <div className={styles.address}>
          <CopyValue value={address} label={t('app.copyAddress')} />
        </div>
      )}
      {practice && <Chip>{t('app.practice')}</Chip>}
      <div className={styles.stripEnd}>
        <TunnelButton state={tunnel.state} />
      </div>
    </header>
  );
}

/** While the tunnel is wanted the button ends that, whatever it is just doing; trying at once stands with the fault. */
function TunnelButton({ state }: { state: TunnelState }): ReactElement | null {
  const t = useTranslate();
  const { screen } = useRoute();
  const canManage = useCan('manage');
  const { connect, disconnect } = useConnect();
  if (!canManage) return null;
  if (state.phase === 'unenrolled') {
    if (screen === 'enrol') return null;
    return (
      <Button variant="primary" onPress={() => navigate('enrol')}>
        {t('app.setUp')}
      </Button>
    );
  }
  if (state.phase === 'stopped') {
    return (
      <Button variant="primary" onToggle={connect}>
        {t('app.connect')}
      </Button>
    );
  }
  return <Button onToggle={disconnect}>{t('app.disconnect')}</Button>;
}
