import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { ErrorText } from '../../components/index.ts';
import { Join } from '../../enrolment/index.ts';
import styles from './enrol.module.css';

/** Gets this device into a relay, or back into one that refuses it. */
export function JoinStep(): ReactElement {
  const state = useSnapshot((snapshot) => snapshot.tunnel.state);
  return (
    <div className={styles.body}>
      {state.phase === 'refused' && <ErrorText error={state.error} quiet />}
      <Join />
    </div>
  );
}
