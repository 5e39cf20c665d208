import type { ReactElement } from 'react';
import { ErrorText } from '../components/ErrorText.tsx';
import { Button } from '../components/Button.tsx';
import { useConsoleState } from './console.tsx';
import { useTranslate } from './locale.tsx';
import styles from './Frame.module.css';

/** What stands before the first snapshot: the frame's own outline, and words only if the host does not answer. */
export function Starting(): ReactElement {
  const t = useTranslate();
  const link = useConsoleState((state) => state.link);
  const isBad = link === 'lost' || link === 'outdated';
  return (
    <div className={styles.frame}>
      <div className={styles.rail} />
      <div className={styles.strip} />
      <main className={styles.main} aria-busy={!isBad}>
        {isBad && (
          <div className={styles.starting}>
            <ErrorText
              error={{ code: link === 'lost' ? 'HOST_GONE' : 'CONTRACT_VERSION', params: {} }}
            />
            <Button onPress={() => window.location.reload()}>{t('app.reload')}</Button>
          </div>
        )}
      </main>
    </div>
  );
}
