import type { ReactElement } from 'react';
import { useTranslate } from '../app/locale.tsx';
import type { SecretView } from '../../common/domain/secret.ts';
import { Button } from './Button.tsx';
import { CopyButton } from './Copy.tsx';
import { TextField } from './TextField.tsx';
import styles from './SecretField.module.css';

export interface SecretFieldProps {
  readonly label: string;
  readonly optional?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What is stored: never the secret, its last characters at most. */
  readonly stored: SecretView;
  readonly check: () => string | null;
  readonly error: string | null;
  readonly isDisabled: boolean;
  readonly placeholder?: string;
  readonly hint?: string;
  /** Makes a valid random one. */
  readonly generate?: () => string;
  /** Takes the stored one away. */
  readonly onDrop?: () => void;
}

/** A secret that can be written, never read back: left empty, what is stored stays. */
export function SecretField(props: SecretFieldProps): ReactElement {
  const { label, value, onChange, stored, generate, onDrop, isDisabled } = props;
  const t = useTranslate();
  const kept = stored.set && !isDisabled ? t('common.secret.kept', { hint: stored.hint }) : null;
  const hint = [value === '' ? kept : null, props.hint].filter((words) => words != null).join(' ');
  return (
    <div className={styles.secret}>
      <TextField
        label={label}
        {...(props.optional !== undefined && { optional: props.optional })}
        mono
        value={value}
        onChange={onChange}
        check={props.check}
        error={props.error}
        isDisabled={isDisabled}
        placeholder={stored.set ? stored.hint : (props.placeholder ?? '')}
        {...(hint !== '' && { hint })}
      />
      {!isDisabled && (
        <span className={styles.secretActions}>
          {value !== '' && (
            <CopyButton value={value} label={t('common.copyWhat', { what: label })} />
          )}
          {onDrop !== undefined && stored.set && value === '' && (
            <Button variant="quiet" size="small" onPress={onDrop}>
              {t('common.secret.drop')}
            </Button>
          )}
          {generate !== undefined && (
            <Button
              variant="quiet"
              size="small"
              aria-label={t('common.secret.generateWhat', { what: label })}
              onPress={() => onChange(generate())}
            >
              {t('common.secret.generate')}
            </Button>
          )}
        </span>
      )}
    </div>
  );
}
