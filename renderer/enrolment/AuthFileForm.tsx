import { useState, type ReactElement } from 'react';
import { useCan, useClient } from '../app/console.tsx';
import { useTranslate } from '../app/locale.tsx';
import { Button, ErrorText } from '../components/index.ts';
import { emptyRelay, RelayFields, relayOf } from './RelayFields.tsx';
import styles from './enrolment.module.css';

/** Makes the auth file of a device that has no token: its key stays here, its request goes to the relay by hand. */
export function AuthFileForm(): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const canManage = useCan('manage');
  const [form, setForm] = useState(emptyRelay);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const input = relayOf(form);
  const make = async (): Promise<void> => {
    if (input === null) return;
    setBusy(true);
    setError(null);
    try {
      await client.call('tunnel.request', input);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles.body}>
      <p className={styles.muted}>{t('enrol.file.text')}</p>
      <RelayFields form={form} onChange={setForm} isDisabled={!canManage} isOptional />
      {error !== null && <ErrorText error={error} />}
      <div className={styles.actions}>
        <Button
          variant="primary"
          isDisabled={input === null || !canManage}
          isPending={busy}
          onPress={() => void make()}
        >
          {t('enrol.file.make')}
        </Button>
      </div>
    </div>
  );
}
