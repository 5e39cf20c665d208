import type { ReactElement } from 'react';
import {
  certificateTone,
  lifeSpent,
  renewalDue,
  type CertificateInfo,
} from '../../../common/domain/certificate.ts';
import { formatDate } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { cx } from '../../components/index.ts';
import styles from './certificates.module.css';

/** From here to there in percent, room is left for the words at the ends. */
const WORDS_FROM = 12;
const WORDS_TO = 88;

/** The life of a certificate as a bar, with today and the renewal on it. */
export function LifeBar(props: { certificate: CertificateInfo; now: number }): ReactElement {
  const { certificate, now } = props;
  const t = useTranslate();
  const locale = useLocale();
  const today = lifeSpent(certificate, now) * 100;
  const renewal = lifeSpent(certificate, certificate.renewAt ?? renewalDue(certificate)) * 100;
  const begin = formatDate(certificate.notBefore, locale);
  const end = formatDate(certificate.notAfter, locale);
  return (
    <figure className={styles.life} aria-label={t('certificates.life', { begin, end })}>
      <div className={styles.above}>
        <span
          className={cx(
            styles.today,
            today < WORDS_FROM && styles.atStart,
            today > WORDS_TO && styles.atEnd,
          )}
          style={{ left: `${today}%` }}
        >
          {t('certificates.today')}
        </span>
      </div>
      <div className={styles.track}>
        <div
          className={cx(styles.spent, styles[certificateTone(certificate, now)])}
          style={{ width: `${today}%` }}
        />
        {certificate.renewAt !== null && (
          <span className={styles.renewal} style={{ left: `${renewal}%` }} />
        )}
        <span className={styles.now} style={{ left: `${today}%` }} />
      </div>
      <div className={styles.below}>
        <span>{begin}</span>
        {certificate.renewAt !== null && (
          <span
            className={styles.renewalWords}
            style={{ left: `${Math.min(WORDS_TO - 8, Math.max(WORDS_FROM + 8, renewal))}%` }}
          >
            {t('certificates.renewal')}
          </span>
        )}
        <span>{end}</span>
      </div>
    </figure>
  );
}
