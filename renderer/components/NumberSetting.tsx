import { useState, type ReactElement } from 'react';
import { FieldError, Input, TextField } from 'react-aria-components';
import { cx } from './cx.ts';
import field from './Field.module.css';
import styles from './SettingRow.module.css';

export interface NumberSettingProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly unit?: string | undefined;
  /** Words for a value out of range. */
  readonly refuse: string;
  readonly isDisabled: boolean;
  readonly onCommit: (value: number) => void;
}

/** A whole number that takes effect as one leaves the field or presses Enter; a wrong one stays, with its error under it. */
export function NumberSetting(props: NumberSettingProps): ReactElement {
  const { label, value, min, max, unit, refuse, isDisabled, onCommit } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const [isWrong, setIsWrong] = useState(false);
  const read = (text: string): number | null => {
    const number = Number(text);
    return /^\d+$/.test(text.trim()) && number >= min && number <= max ? number : null;
  };
  const commit = (): void => {
    if (draft === null) return;
    const number = read(draft);
    setIsWrong(number === null);
    if (number === null) return;
    setDraft(null);
    onCommit(number);
  };
  return (
    <TextField
      className={cx(field.field)}
      aria-label={label}
      value={draft ?? String(value)}
      onChange={(text) => {
        setDraft(text);
        if (isWrong) setIsWrong(read(text) === null);
      }}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') {
          setDraft(null);
          setIsWrong(false);
        }
      }}
      isInvalid={isWrong}
      isDisabled={isDisabled}
      inputMode="numeric"
      autoComplete="off"
    >
      <span className={styles.number}>
        <Input className={cx(field.input)} />
        {unit !== undefined && <span>{unit}</span>}
      </span>
      <FieldError className={cx(field.error)}>{isWrong ? refuse : null}</FieldError>
    </TextField>
  );
}
