import type { ReactElement } from 'react';
import { readEndpoint, readFingerprint } from '../../common/tunnel/endpoint.ts';
import { useTranslate } from '../app/locale.tsx';
import { TextField } from '../components/index.ts';
import styles from './enrolment.module.css';

/** Where a certificate is picked up, as it was typed. */
export interface RelayForm {
  readonly endpoint: string;
  readonly fingerprint: string;
}

export const emptyRelay: RelayForm = { endpoint: '', fingerprint: '' };

/** What the call wants of the form: nothing where nothing was typed, null where it is wrong or half. */
export function relayOf(
  form: RelayForm,
): { relay?: { endpoint: string; caSha256: string } } | null {
  if (form.endpoint.trim() === '' && form.fingerprint.trim() === '') return {};
  const caSha256 = readFingerprint(form.fingerprint);
  if (readEndpoint(form.endpoint) === null || caSha256 === null) return null;
  return { relay: { endpoint: form.endpoint.trim(), caSha256 } };
}

interface RelayFieldsProps {
  readonly form: RelayForm;
  readonly onChange: (form: RelayForm) => void;
  readonly isDisabled: boolean;
  /** Whether both may stay empty. */
  readonly isOptional: boolean;
}

/** The relay's address and by what it is known; its console shows both. */
export function RelayFields(props: RelayFieldsProps): ReactElement {
  const { form, onChange, isDisabled, isOptional } = props;
  const t = useTranslate();
  const optional = isOptional ? { optional: t('common.optional') } : {};
  // One without the other says nothing, so each asks for its pair.
  const isAny = form.endpoint.trim() !== '' || form.fingerprint.trim() !== '';
  return (
    <div className={styles.fields}>
      <TextField
        label={t('enrol.file.endpoint')}
        {...optional}
        mono
        placeholder="relay.example.com:2222"
        value={form.endpoint}
        onChange={(endpoint) => onChange({ ...form, endpoint })}
        check={(value) =>
          isAny && readEndpoint(value) === null ? t('enrol.file.endpointWrong') : null
        }
        isDisabled={isDisabled}
        maxLength={260}
      />
      <TextField
        label={t('enrol.file.ca')}
        {...optional}
        mono
        placeholder="3f:9a:…"
        value={form.fingerprint}
        onChange={(fingerprint) => onChange({ ...form, fingerprint })}
        check={(value) =>
          isAny && readFingerprint(value) === null ? t('enrol.file.caWrong') : null
        }
        hint={t('enrol.file.caHint')}
        isDisabled={isDisabled}
        maxLength={200}
      />
    </div>
  );
}
