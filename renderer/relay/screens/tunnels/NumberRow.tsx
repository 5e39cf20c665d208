import { useState, type ReactElement } from 'react';
import { TextField } from '../../../components/index.ts';
import styles from './tunnels.module.css';

export interface NumberRowProps {
  readonly label: string;
  readonly note: string;
  readonly unit: string;
  /** Null where the relay's own limit holds; only with `emptyText`. */
  readonly value: number | null;
  readonly min: number;
  readonly max: number;
  /** Stands in the empty field. */
  readonly emptyText?: string;
  /** What is wrong with a number out of range. */
  readonly refuse: string;
  readonly isDisabled?: boolean;
  readonly onCommit: (value: number | null) => void;
}

/** One number of a tunnel: what it does on the left, its field on the right; saved as one leaves it. */
export function NumberRow(props: NumberRowProps): ReactElement {
  const { value, min, max, emptyText } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? (value === null ? '' : String(value));
  const read = (text: string): number | null | undefined => {
    if (text.trim() === '') return emptyText === undefined ? undefined : null;
    const number = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  };
  const commit = (): void => {
    if (draft === null) return;
    const next = read(draft);
    if (next === undefined) return;
    setDraft(null);
    if (next !== value) props.onCommit(next);
  };
  return (
    <form
      className={styles.setting}
      onSubmit={(event) => {
        event.preventDefault();
        commit();
      }}
    >
      <div>
        <p className={styles.settingLabel}>{props.label}</p>
        <p className={styles.settingNote}>{props.note}</p>
      </div>
      <div className={styles.number}>
        <TextField
          label={props.label}
          value={shown}
          onChange={setDraft}
          onBlur={commit}
          check={(text) => (read(text) === undefined ? props.refuse : null)}
          isDisabled={props.isDisabled ?? false}
          maxLength={9}
          {...(emptyText === undefined ? {} : { placeholder: emptyText })}
        />
        <span>{props.unit}</span>
      </div>
    </form>
  );
}
