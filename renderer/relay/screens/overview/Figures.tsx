import type { ReactElement, ReactNode } from 'react';
import { formatCount } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import { cx } from '../../../components/index.ts';
import figures from '../../../screens/overview/overview.module.css';
import { useSnapshot } from '../../console.tsx';

/** How much passes, in one row. */
export function Figures(): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const totals = useSnapshot((snapshot) => snapshot.live.totals);
  const sessions = useSnapshot((snapshot) => snapshot.live.sessions);
  const count = (value: number): string => formatCount(value, locale);
  return (
    <dl className={figures.figures} aria-label={t('overview.figures')}>
      <Figure label={t('relay.figures.rate')} isMain>
        {count(totals.perMinute)} <small>{t('relay.figures.perMinute')}</small>
      </Figure>
      <Figure label={t('relay.figures.sessions')}>{count(sessions.length)}</Figure>
      <Figure label={t('relay.figures.inFlight')}>{count(totals.inFlight)}</Figure>
      <Figure label={t('relay.figures.refused')}>{count(totals.refused)}</Figure>
      <Figure label={t('relay.figures.egress')}>{count(totals.egressOpen)}</Figure>
    </dl>
  );
}

function Figure(props: { label: string; isMain?: boolean; children: ReactNode }): ReactElement {
  return (
    <div className={cx(figures.figure, props.isMain === true && figures.main)}>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
