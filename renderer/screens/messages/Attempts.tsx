import type { ReactElement } from 'react';
import { formatDuration } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import type { DeliveryAttempt } from '../../../common/domain/history.ts';
import type { Tone } from '../../../common/domain/tunnel.ts';
import { errorWords, RelativeTime, StatusShape } from '../../components/index.ts';
import styles from './attempts.module.css';

const tones: Readonly<Record<DeliveryAttempt['outcome'], Tone>> = {
  taken: 'ok',
  failed: 'bad',
  unknown: 'warn',
};

/** Every try to hand a message over, the first one on top. */
export function Attempts(props: { attempts: readonly DeliveryAttempt[] }): ReactElement | null {
  const { attempts } = props;
  const t = useTranslate();
  if (attempts.length === 0) return null;
  return (
    <section className={styles.attempts} aria-label={t('messages.attempts')}>
      <h3 className={styles.attemptsTitle}>
        {t('messages.attempts')}
        <span className={styles.attemptsCount}>{attempts.length}</span>
      </h3>
      <ol className={styles.attemptList}>
        {attempts.map((attempt) => (
          <Attempt key={attempt.n} attempt={attempt} before={attempts} />
        ))}
      </ol>
    </section>
  );
}

function Attempt(props: {
  attempt: DeliveryAttempt;
  before: readonly DeliveryAttempt[];
}): ReactElement {
  const { attempt } = props;
  const t = useTranslate();
  const locale = useLocale();
  const { n, at, target, durationMs, outcome, status, errcode, error, retryOf } = attempt;
  const repeated = props.before.find((other) => other.n === retryOf);
  const code =
    status !== null
      ? `HTTP ${String(status)}`
      : errcode !== null
        ? `errcode ${String(errcode)}`
        : null;
  return (
    <li className={styles.attempt}>
      <span className={styles.attemptNumber}>{n}</span>
      <StatusShape tone={tones[outcome]} size={10} label={t(`messages.attempt.${outcome}`)} />
      <span className={styles.attemptWhat}>
        <span className={styles.attemptHead}>
          <span className={styles.attemptTarget}>{target ?? t('messages.attempt.nobody')}</span>
          {code !== null && <code className={styles.attemptCode}>{code}</code>}
          {code === null && <span>{t(`messages.attempt.${outcome}`)}</span>}
          {durationMs !== null && <span>{formatDuration(durationMs, locale)}</span>}
        </span>
        {error !== null && <span className={styles.quiet}>{errorWords(error, t).what}</span>}
        <span className={styles.quiet}>
          <RelativeTime at={at} />
          {retryOf !== null && (
            <>
              {' · '}
              {t(
                repeated !== undefined && repeated.target !== target
                  ? 'messages.attempt.elsewhere'
                  : 'messages.attempt.again',
                { n: retryOf },
              )}
            </>
          )}
        </span>
      </span>
    </li>
  );
}
