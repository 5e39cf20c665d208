import { useState, type ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { Button, ErrorText, TextField, useToasts } from '../../../components/index.ts';
import rows from '../../../components/SettingRow.module.css';
import { useClient } from '../../console.tsx';
import { useChange } from '../../useChange.ts';
import styles from './settings.module.css';

/** Changes one's password; every other session of the user ends. */
export function Password(): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const change = useChange();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const isReady = current !== '' && next !== '';
  const save = async (): Promise<void> => {
    if (!(await change.run(() => client.call('account.password', { current, next })))) return;
    setCurrent('');
    setNext('');
    toasts.done(t('relay.password.done'));
  };
  return (
    <form
      className={`${rows.row} ${styles.password}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) void save();
      }}
    >
      <div className={rows.words}>
        <p className={rows.label}>{t('relay.password.title')}</p>
        <p className={rows.note}>{t('relay.password.note')}</p>
      </div>
      <div className={styles.fields}>
        <TextField
          label={t('relay.password.current')}
          type="password"
          value={current}
          onChange={setCurrent}
          maxLength={1024}
        />
        <TextField
          label={t('relay.password.next')}
          type="password"
          value={next}
          onChange={setNext}
          maxLength={1024}
        />
        {change.error !== null && <ErrorText error={change.error} />}
        <div>
          <Button type="submit" isDisabled={!isReady} isPending={change.busy}>
            {t('relay.password.save')}
          </Button>
        </div>
      </div>
    </form>
  );
}
