import type { ReactElement } from 'react';
import { Button } from '../components/Button.tsx';
import { StatusShape } from '../components/StatusShape.tsx';
import { useConsoleState } from './console.tsx';
import { useTranslate } from './locale.tsx';
import styles from './Frame.module.css';

/** Says that what is shown is old, and what to do about it. */
export function LinkNotice(): ReactElement | null {
  const t = useTranslate();
  const link = useConsoleState((state) => state.link);
  if (link === 'open' || link === 'connecting') return null;
  return (
    <div className={styles.linkNotice} role="alert">
      <StatusShape tone={link === 'lost' ? 'bad' : 'warn'} />
      <span>{t(link === 'lost' ? 'app.link.lost' : 'app.link.outdated')}</span>
      <Button size="small" onPress={() => window.location.reload()}>
        {t('app.reload')}
      </Button>
    </div>
  );
}
