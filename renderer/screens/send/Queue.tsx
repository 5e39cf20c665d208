import type { ReactElement } from 'react';
import { useNow } from '../../app/clock.tsx';
import { useCan, useClient } from '../../app/console.tsx';
import { formatAbsolute, formatCountdown, formatMoment, formatRelative } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import type { OutboxRow } from '../../../common/domain/outgoing.ts';
import {
  Button,
  errorWords,
  PageLink,
  RelativeTime,
  Section,
  StatusShape,
  Surface,
  useToasts,
} from '../../components/index.ts';
import styles from './send.module.css';
import type { Outbox } from './useOutbox.ts';

/** What waits to be sent, in the order in which it leaves; each can be taken back until then. */
export function Queue(props: { outbox: Outbox; onChanged: () => void }): ReactElement | null {
  const { outbox, onChanged } = props;
  const t = useTranslate();
  if (outbox.total === 0) return null;
  return (
    <Section
      title={t('send.queue', { count: outbox.total })}
      action={<span className={styles.quiet}>{t('send.queue.order')}</span>}
    >
      <Surface>
        <ul className={styles.queue}>
          {outbox.rows.map((row) => (
            <Waiting key={row.id} row={row} readAt={outbox.at} onChanged={onChanged} />
          ))}
        </ul>
      </Surface>
    </Section>
  );
}

function Waiting(props: { row: OutboxRow; readAt: number; onChanged: () => void }): ReactElement {
  const { row, readAt, onChanged } = props;
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const canSend = useCan('send');
  const facts = [
    ...(row.priority > 5 ? [t('send.priority.high')] : []),
    ...(row.attempts > 0 ? [t('send.queue.attempts', { count: row.attempts })] : []),
    ...(row.coalesced > 0 ? [t('send.queue.coalesced', { count: row.coalesced })] : []),
    ...(row.error === null ? [] : [errorWords(row.error, t).what]),
  ];
  const cancel = (): void => {
    client
      .call('outbox.cancel', { id: row.id })
      .then(() => toasts.done(t('send.queue.cancelled')), toasts.failed)
      .finally(onChanged);
  };
  return (
    <li className={styles.waiting}>
      <StatusShape tone={row.state === 'sending' ? 'busy' : row.error === null ? 'idle' : 'warn'} />
      <span className={styles.waitingType}>
        <PageLink screen="messages" param={row.id}>
          {row.type}
        </PageLink>
        <span className={styles.quiet}>
          <RelativeTime at={row.at} />
        </span>
      </span>
      <span className={styles.quiet}>{facts.join(' · ')}</span>
      <span className={styles.eta}>
        {row.state === 'sending' ? (
          t('send.queue.sending')
        ) : (
          <Eta position={row.position} at={readAt + row.etaMs} sendAt={row.sendAt ?? null} />
        )}
      </span>
      {canSend && (
        <Button
          size="small"
          isDisabled={row.state === 'sending'}
          aria-label={t('send.queue.cancelWhat', { type: row.type, position: row.position + 1 })}
          onPress={cancel}
        >
          {t('send.queue.cancel')}
        </Button>
      )}
    </li>
  );
}

/** `place 3, leaves in 18 s`, or the time that was asked for; the host counts places from 0. */
export function Eta(props: { position: number; at: number; sendAt: number | null }): ReactElement {
  const { position, at, sendAt } = props;
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(1000);
  if (sendAt !== null && sendAt > now) return <Scheduled at={sendAt} />;
  return <>{t('send.eta', { position: position + 1, time: formatCountdown(at - now, locale) })}</>;
}

function Scheduled({ at }: { at: number }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(30_000);
  return (
    <time dateTime={new Date(at).toISOString()} title={formatAbsolute(at, locale)}>
      {t('send.queue.at', {
        time: formatMoment(at, locale),
        relative: formatRelative(at, now, locale),
      })}
    </time>
  );
}
