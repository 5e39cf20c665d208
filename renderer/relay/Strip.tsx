import type { ReactElement } from 'react';
import frame from '../app/Frame.module.css';
import { useTranslate } from '../app/locale.tsx';
import { Button } from '../components/Button.tsx';
import { CopyValue } from '../components/Copy.tsx';
import { Pill } from '../components/Pill.tsx';
import { useRelayState, useSignOut, useSnapshot } from './console.tsx';
import { relayHealth } from './health.ts';
import styles from './relay.module.css';

/** Always in sight: how the relay is, the address that WeCom has to trust, and who is signed in. */
export function Strip(): ReactElement {
  const t = useTranslate();
  const signOut = useSignOut();
  const fixedIp = useSnapshot((snapshot) => snapshot.relay.fixedIp);
  const user = useRelayState((state) => state.info?.account.user ?? '');
  const link = useRelayState((state) => state.link);
  const tunnels = useSnapshot((snapshot) => snapshot.tunnels);
  const sessions = useSnapshot((snapshot) => snapshot.live.sessions);
  const health = link === 'lost' ? 'lost' : relayHealth(tunnels, sessions);
  return (
    <header className={frame.strip} aria-label={t('relay.strip')}>
      <output className={frame.state}>
        <Pill tone={healthTones[health]}>{t(`relay.health.${health}`)}</Pill>
      </output>
      {fixedIp !== null && (
        <div className={styles.trustedIp}>
          <span>{t('relay.fixedIp')}</span>
          <CopyValue value={fixedIp} label={t('relay.copyFixedIp')} />
        </div>
      )}
      <div className={`${frame.stripEnd} ${styles.user}`}>
        <span>{user}</span>
        <Button size="small" onPress={signOut}>
          {t('relay.signOut')}
        </Button>
      </div>
    </header>
  );
}

const healthTones = { lost: 'bad', empty: 'idle', all: 'ok', some: 'warn', none: 'bad' } as const;
