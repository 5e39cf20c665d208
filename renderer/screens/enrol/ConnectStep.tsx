import type { ReactElement } from 'react';
import { useCan, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { useConnect } from '../../app/useConnect.ts';
import { Button, ErrorText, StatusShape } from '../../components/index.ts';
import styles from './enrol.module.css';

/** Waits for the tunnel, or says why it does not come up. */
export function ConnectStep(): ReactElement {
  const t = useTranslate();
  const state = useSnapshot((snapshot) => snapshot.tunnel.state);
  const endpoint = useSnapshot((snapshot) => snapshot.tunnel.relay?.endpoint ?? '');
  const canManage = useCan('manage');
  const { connect } = useConnect();
  const failed = state.phase === 'waiting' || state.phase === 'refused';
  return (
    <div className={styles.body}>
      {state.phase === 'connecting' && (
        <p className={styles.progress} aria-live="polite">
          <StatusShape tone="busy" />
          {t('enrol.connect.connecting', { endpoint })}
        </p>
      )}
      {state.phase === 'stopped' && <p>{t('enrol.connect.stopped', { endpoint })}</p>}
      {failed && <ErrorText error={state.error} />}
      {state.phase !== 'connecting' && canManage && (
        <div className={styles.actions}>
          <Button variant="primary" onPress={connect}>
            {t(failed ? 'overview.do.tryNow' : 'app.connect')}
          </Button>
        </div>
      )}
    </div>
  );
}
