import { useState, type ReactElement } from 'react';
import { useCan, useClient } from '../app/console.tsx';
import { useTranslate } from '../app/locale.tsx';
import { Button, ErrorText, useSaving } from '../components/index.ts';
import { emptyRelay, RelayFields, relayOf } from './RelayFields.tsx';
import styles from './enrolment.module.css';

/** Makes the auth file of a device that has no token: its key stays here, its request goes to the relay by hand. */
export function AuthFileForm(): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const canManage = useCan('manage');
  const [form, setForm] = useState(emptyRelay);
  const saving = useSaving(!canManage);
  const input = relayOf(form);
  const make = async (): Promise<void> => {
    if (input !== null) await client.call('tunnel.request', input);
  };
  return (
    <div className={styles.body}>
      <p className={styles.muted}>{t('enrol.file.text')}</p>
      <RelayFields form={form} onChange={setForm} isDisabled={!canManage} isOptional />
      {saving.error !== null && <ErrorText error={saving.error} />}
      <div className={styles.actions}>
        <Button
          variant="primary"
          isDisabled={input === null || !canManage}
          isPending={saving.busy}
          onPress={() => void saving.run({}, make)}
        >
          {t('enrol.file.make')}
        </Button>
      </div>
    </div>
  );
}
