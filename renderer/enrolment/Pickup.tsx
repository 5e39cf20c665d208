import { useState, type ReactElement } from 'react';
import type { EnrolmentRequest } from '../../common/domain/tunnel.ts';
import { useCan, useClient } from '../app/console.tsx';
import { useTranslate } from '../app/locale.tsx';
import { Button, ErrorText, RelativeTime, useSaving } from '../components/index.ts';
import { emptyRelay, RelayFields, relayOf } from './RelayFields.tsx';
import styles from './enrolment.module.css';

/** The last step of an auth file: the certificate comes by itself once the relay is known and somebody has approved. */
export function Pickup(props: { request: EnrolmentRequest; onAsk: () => void }): ReactElement {
  const { request, onAsk } = props;
  const t = useTranslate();
  const canManage = useCan('manage');
  if (request.endpoint === null) return <WhereFrom />;
  return (
    <>
      <p>{t('enrol.file.pickup')}</p>
      {request.error !== null && <ErrorText error={request.error} quiet />}
      <p className={styles.asked}>
        <span className={styles.muted}>
          {request.askedAt === null ? (
            t('enrol.file.notAsked')
          ) : (
            <>
              {t(request.error === null ? 'enrol.file.asked' : 'enrol.file.tried')}{' '}
              <RelativeTime at={request.askedAt} />
            </>
          )}
        </span>
        {canManage && (
          <Button size="small" onPress={onAsk}>
            {t('enrol.file.askNow')}
          </Button>
        )}
      </p>
    </>
  );
}

function WhereFrom(): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const canManage = useCan('manage');
  const [form, setForm] = useState(emptyRelay);
  const saving = useSaving(!canManage);
  const input = relayOf(form);
  const isReady = input?.relay !== undefined;
  const set = async (): Promise<void> => {
    if (input !== null) await client.call('tunnel.request', input);
  };
  return (
    <>
      <p>{t('enrol.file.whereFrom')}</p>
      <RelayFields form={form} onChange={setForm} isDisabled={!canManage} isOptional={false} />
      {saving.error !== null && <ErrorText error={saving.error} />}
      <div className={styles.actions}>
        <Button
          isDisabled={!isReady || !canManage}
          isPending={saving.busy}
          onPress={() => void saving.run({}, set)}
        >
          {t('enrol.file.setRelay')}
        </Button>
      </div>
    </>
  );
}
