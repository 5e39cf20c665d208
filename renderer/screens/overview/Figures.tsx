import type { ReactElement, ReactNode } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { formatCount, formatDuration } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { cx } from '../../components/index.ts';
import styles from './overview.module.css';

/** How much passes and how fast, in one row. */
export function Figures(): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const gateway = useSnapshot((snapshot) => snapshot.gateway);
  const rate = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(
    gateway.callbacksPerMinute,
  );
  const p99 = gateway.answerP99Ms === null ? '–' : formatDuration(gateway.answerP99Ms, locale);
  return (
    <dl className={styles.figures} aria-label={t('overview.figures')}>
      <Figure label={t('overview.rate')} isMain>
        {rate} <small>{t('overview.perMinute')}</small>
      </Figure>
      <Figure label={t('overview.p99')}>{p99}</Figure>
      <Figure label={t('overview.inFlight')}>{formatCount(gateway.inFlight, locale)}</Figure>
      <Figure label={t('overview.storedNow')}>{formatCount(gateway.stored, locale)}</Figure>
      <Figure label={t('overview.rejected')}>{formatCount(gateway.rejected, locale)}</Figure>
    </dl>
  );
}

function Figure(props: { label: string; isMain?: boolean; children: ReactNode }): ReactElement {
  return (
    <div className={cx(styles.figure, props.isMain === true && styles.main)}>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
