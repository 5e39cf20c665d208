import type { ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { Button } from '../../../components/index.ts';
import { useSnapshot } from '../../console.tsx';
import { navigate } from '../../router.ts';
import styles from './overview.module.css';

/** What needs somebody: auth files and expired certificates to decide on, and callbacks that are held. */
export function Waiting(): ReactElement {
  const t = useTranslate();
  const requests = useSnapshot((snapshot) => snapshot.authRequests);
  const recoveries = useSnapshot((snapshot) => snapshot.recoveries);
  const held = useSnapshot((snapshot) => snapshot.live.held);
  const files = requests.filter(({ state }) => state === 'pending').length;
  const expired = recoveries.filter(({ state }) => state === 'pending').length;
  return (
    <>
      {files > 0 && (
        <Notice
          text={t('relay.auth.waiting', { count: files })}
          action={t('relay.auth.decide')}
          onPress={() => navigate('tunnels')}
        />
      )}
      {expired > 0 && (
        <Notice
          text={t('relay.recovery.waiting', { count: expired })}
          action={t('relay.auth.decide')}
          onPress={() => navigate('tunnels')}
        />
      )}
      {Object.entries(held).map(([tunnel, { count }]) => (
        <Notice
          key={tunnel}
          text={t('relay.held.waiting', { count, tunnel })}
          action={t('relay.held.look')}
          onPress={() => navigate('tunnels', tunnel, 'protection')}
        />
      ))}
    </>
  );
}

function Notice(props: { text: string; action: string; onPress: () => void }): ReactElement {
  return (
    <div className={styles.notice} role="status">
      <span>{props.text}</span>
      <Button size="small" onPress={props.onPress}>
        {props.action}
      </Button>
    </div>
  );
}
