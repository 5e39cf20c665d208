import { useState, type ReactElement } from 'react';
import { decodeToken, type EnrolmentToken } from '../../common/tunnel/token.ts';
import { useCan, useClient } from '../app/console.tsx';
import { useTranslate } from '../app/locale.tsx';
import {
  Button,
  CopyValue,
  ErrorText,
  errorWords,
  Fact,
  Facts,
  TextArea,
  useSaving,
} from '../components/index.ts';
import styles from './enrolment.module.css';

function read(text: string): EnrolmentToken | null {
  try {
    return decodeToken(text);
  } catch {
    return null;
  }
}

/** Paste a token; see where it leads before it is used. */
export function TokenForm({ onJoined }: { onJoined?: (() => void) | undefined }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const canManage = useCan('manage');
  const [text, setText] = useState('');
  const saving = useSaving(!canManage);
  const token = read(text);
  const malformed = errorWords({ code: 'TOKEN_MALFORMED', params: {} }, t);
  const join = async (): Promise<void> => {
    await client.call('tunnel.enrol', { token: text.replaceAll(/\s/g, '') });
    setText('');
    onJoined?.();
  };
  return (
    <div className={styles.body}>
      <TextArea
        label={t('enrol.token.label')}
        hint={t('enrol.token.hint')}
        placeholder="cwe1_…"
        mono
        rows={3}
        value={text}
        onChange={(next) => {
          setText(next);
          saving.clear();
        }}
        check={(value) =>
          value.trim() === '' || read(value) !== null
            ? null
            : `${malformed.what} ${malformed.remedy}`
        }
        isDisabled={!canManage}
        maxLength={4096}
      />
      {token !== null && (
        <Facts columns="one">
          <Fact label={t('enrol.token.relay')}>
            <CopyValue
              value={`${token.host}:${String(token.port)}`}
              label={t('enrol.token.copyRelay')}
            />
          </Fact>
          <Fact label={t('enrol.token.ca')}>
            <CopyValue
              value={token.ca}
              label={t('enrol.token.copyCa')}
              keep={{ head: 12, tail: 12 }}
            />
          </Fact>
        </Facts>
      )}
      {saving.error !== null && <ErrorText error={saving.error} />}
      <div className={styles.actions}>
        <Button
          variant="primary"
          isDisabled={token === null || !canManage}
          isPending={saving.busy}
          onPress={() => void saving.run({}, join)}
        >
          {t(saving.busy ? 'enrol.token.joining' : 'enrol.token.join')}
        </Button>
      </div>
    </div>
  );
}
