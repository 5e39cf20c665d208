import { useEffect, useState, type ReactElement } from 'react';
import { useNow } from '../../app/clock.tsx';
import { useCan, useClient } from '../../app/console.tsx';
import { formatCountdown } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import type { MessageRow } from '../../../common/domain/history.ts';
import type { OutboxRow } from '../../../common/domain/outgoing.ts';
import { Button, useToasts } from '../../components/index.ts';
import { RefreshIcon } from '../../icons/index.tsx';
import styles from './detail.module.css';

/** What can be done with one message: deliver or hand it over again, send it again, or take it back while it waits. */
export function Again({ row }: { row: MessageRow }): ReactElement | null {
  const mayManage = useCan('manage');
  const maySend = useCan('send');
  if (row.direction === 'in') return mayManage ? <Inbound row={row} /> : null;
  if (row.outcome === 'pending') return <Waiting row={row} maySend={maySend} />;
  const mayRetry = ['refused', 'failed', 'unknown'].includes(row.outcome);
  return maySend && mayRetry ? <Retry row={row} /> : null;
}

function Inbound({ row }: { row: MessageRow }): ReactElement | null {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  if (row.outcome === 'pending') return null;
  const isDead = row.outcome === 'failed';
  const act = (): void => {
    const messages = { ids: [row.id] };
    if (isDead)
      client
        .call('messages.redrive', messages)
        .then(() => toasts.done(t('messages.redriven', { count: 1 })), toasts.failed);
    else
      client
        .call('messages.replay', { messages, destination: { kind: 'original' } })
        .then(() => toasts.done(t('messages.replayed')), toasts.failed);
  };
  return (
    <div className={styles.again}>
      <Button size="small" onPress={act}>
        <RefreshIcon size={14} />
        {t(isDead ? 'messages.redrive.one' : 'messages.replay.one')}
      </Button>
      <span className={styles.quiet}>
        {t(isDead ? 'messages.redrive.hint' : 'messages.replay.hint')}
      </span>
    </div>
  );
}

function Retry({ row }: { row: MessageRow }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const retry = (): void => {
    client
      .call('outbox.retry', { id: row.id })
      .then(() => toasts.done(t('messages.requeued')), toasts.failed);
  };
  return (
    <div className={styles.again}>
      <Button size="small" onPress={retry}>
        <RefreshIcon size={14} />
        {t('messages.sendAgain')}
      </Button>
      {row.outcome === 'unknown' && (
        <span className={styles.quiet}>{t('messages.sendAgain.unknown')}</span>
      )}
    </div>
  );
}

const LISTED = 200;

function Waiting({ row, maySend }: { row: MessageRow; maySend: boolean }): ReactElement | null {
  const t = useTranslate();
  const locale = useLocale();
  const client = useClient();
  const toasts = useToasts();
  const now = useNow(1000);
  const [place, setPlace] = useState<{ row: OutboxRow; at: number } | null>(null);
  useEffect(() => {
    let current = true;
    client
      .call('outbox.list', { bot: row.bot, limit: LISTED })
      .then(({ rows }) => {
        const found = rows.find(({ id }) => id === row.id);
        if (current) setPlace(found === undefined ? null : { row: found, at: Date.now() });
      })
      .catch(() => undefined);
    return () => {
      current = false;
    };
  }, [client, row]);
  if (place === null) return null;
  const cancel = (): void => {
    client
      .call('outbox.cancel', { id: row.id })
      .then(() => toasts.done(t('send.queue.cancelled')), toasts.failed);
  };
  const time = formatCountdown(place.at + place.row.etaMs - now, locale);
  return (
    <div className={styles.again}>
      {maySend && (
        <Button size="small" isDisabled={place.row.state === 'sending'} onPress={cancel}>
          {t('send.queue.cancel')}
        </Button>
      )}
      <span className={styles.quiet}>
        {t('send.eta', { position: place.row.position + 1, time })}
      </span>
    </div>
  );
}
