import { useState, type ReactElement } from 'react';
import { FieldError, Input, TextField } from 'react-aria-components';
import { cx } from './cx.ts';
import field from './Field.module.css';
import styles from './SettingRow.module.css';

/** Longer than the largest of any setting. */
const MAX_DIGITS = 12;

export interface NumberSettingProps {
  readonly label: string;
  /** Null only with `empty`. */
  readonly value: number | null;
  readonly min: number;
  readonly max: number;
  readonly unit?: string | undefined;
  /** Words for a value out of range. */
  readonly refuse: string;
  readonly isDisabled?: boolean;
  readonly onCommit: (value: number) => void;
  /** The field may stay empty: what stands in it then, and what that does. */
  readonly empty?: { readonly text: string; readonly onCommit: () => void };
}

/** A whole number that takes effect as one leaves the field or presses Enter; a wrong one stays, with its error under it. */
export function NumberSetting(props: NumberSettingProps): ReactElement {
  const { label, value, min, max, unit, refuse, empty, isDisabled = false } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const [isWrong, setIsWrong] = useState(false);
  /** Undefined where it is wrong. */
  const read = (text: string): number | null | undefined => {
    if (text.trim() === '') return empty === undefined ? undefined : null;
    const number = Number(text);
    return /^\d+$/.test(text.trim()) && number >= min && number <= max ? number : undefined;
  };
  const commit = (): void => {
    if (draft === null) return;
    const next = read(draft);
    setIsWrong(next === undefined);
    if (next === undefined) return;
    setDraft(null);
    if (next === value) return;
    if (next === null) empty?.onCommit();
    else props.onCommit(next);
  };
  return (
    <TextField
      className={cx(field.field)}
      aria-label={label}
      value={draft ?? (value === null ? '' : String(value))}
      onChange={(text) => {
        setDraft(text);
        if (isWrong) setIsWrong(read(text) === undefined);
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
        <Input
          className={cx(field.input)}
          maxLength={MAX_DIGITS}
          {...(empty !== undefined && { placeholder: empty.text })}
        />
        {unit !== undefined && <span className={styles.unit}>{unit}</span>}
      </span>
      <FieldError className={cx(field.error)}>{isWrong ? refuse : null}</FieldError>
    </TextField>
  );
}
