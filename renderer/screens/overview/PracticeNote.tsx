import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { ExternalLink } from '../../components/index.ts';
import styles from './overview.module.css';

/** Says that WeCom is simulated, and where to play its part. */
export function PracticeNote(): ReactElement | null {
  const t = useTranslate();
  const practice = useSnapshot((snapshot) => snapshot.practice);
  if (practice === null) return null;
  return (
    <section className={styles.practice} aria-label={t('app.practice')}>
      <p>{t('overview.practice.text')}</p>
      <div className={styles.practiceLinks}>
        <ExternalLink href={practice.simulatorUrl}>{t('overview.practice.simulator')}</ExternalLink>
        <ExternalLink href={practice.relayAdminUrl}>{t('overview.practice.relay')}</ExternalLink>
      </div>
    </section>
  );
}
