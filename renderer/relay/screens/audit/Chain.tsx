import { useEffect, useState, type ReactElement } from 'react';
import type { AuditVerdict } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import { Button, CopyValue, cx, ErrorText, StatusShape } from '../../../components/index.ts';
import { useClient, useRelayState } from '../../console.tsx';
import styles from './audit.module.css';

/** Whether every row of the log still is what it was. Checked when the page opens, and again when asked. */
export function Chain(): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const isOpen = useRelayState(({ link }) => link === 'open');
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null);
  const [error, setError] = useState<unknown>(null);
  /** Grows each time somebody asks; the check of an older question does not count. */
  const [asked, setAsked] = useState(0);
  const [answered, setAnswered] = useState(-1);
  useEffect(() => {
    if (!isOpen) return undefined;
    let gone = false;
    const settle = (found: AuditVerdict | null, thrown: unknown): void => {
      if (gone) return;
      if (found !== null) setVerdict(found);
      setError(thrown);
      setAnswered(asked);
    };
    client.call('audit.verify').then(
      (found) => settle(found, null),
      (thrown: unknown) => settle(null, thrown),
    );
    return () => {
      gone = true;
    };
  }, [client, isOpen, asked]);
  const busy = answered < asked;
  const tone = verdict === null ? 'busy' : verdict.intact ? 'ok' : 'bad';
  return (
    <div className={cx(styles.chain, tone === 'bad' && styles.broken)} role="status">
      <StatusShape tone={tone} />
      <div className={styles.chainWords}>
        <p className={styles.chainTitle}>
          {verdict === null
            ? t('relay.chain.checking')
            : verdict.intact
              ? t('relay.chain.intact', { count: verdict.rows })
              : t('relay.chain.broken', { seq: String(verdict.brokenSeq) })}
        </p>
        {verdict !== null && (
          <p className={styles.chainNote}>
            {verdict.intact ? t('relay.chain.note') : t(`relay.chain.reason.${verdict.reason}`)}
          </p>
        )}
        {error !== null && <ErrorText error={error} />}
      </div>
      {verdict?.intact === true && verdict.rows > 0 && (
        <CopyValue
          value={verdict.head}
          label={t('relay.chain.copyHead')}
          keep={{ head: 8, tail: 6 }}
        />
      )}
      <Button size="small" isPending={busy} onPress={() => setAsked(asked + 1)}>
        {t('relay.chain.verify')}
      </Button>
    </div>
  );
}
