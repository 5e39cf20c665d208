import type { ReactElement } from 'react';
import { Label, Radio, RadioGroup as AriaRadioGroup } from 'react-aria-components';
import { cx } from './cx.ts';
import field from './Field.module.css';
import styles from './Segmented.module.css';
import type { Option } from './Select.tsx';

export interface ChoiceProps<V extends string> {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly options: readonly Option<V>[];
  readonly value: V | null;
  readonly onChange: (value: V) => void;
  readonly isDisabled?: boolean;
}

/** One of two to five short words, side by side; arrows move between them. */
export function Segmented<V extends string>(props: ChoiceProps<V>): ReactElement {
  return (
    <Group {...props}>
      <div className={styles.segments}>
        {props.options.map(({ value, label }) => (
          <Radio key={value} value={value} className={cx(styles.segment)}>
            {label}
          </Radio>
        ))}
      </div>
    </Group>
  );
}

/** One of a few, each with room for a line that explains it. */
export function RadioGroup<V extends string>(props: ChoiceProps<V>): ReactElement {
  return (
    <Group {...props}>
      <div className={styles.choices}>
        {props.options.map(({ value, label, note }) => (
          <Radio key={value} value={value} className={cx(styles.choice)}>
            <span className={styles.dot} />
            {label}
            {note !== undefined && <span className={styles.note}>{note}</span>}
          </Radio>
        ))}
      </div>
    </Group>
  );
}

function Group<V extends string>(props: ChoiceProps<V> & { children: ReactElement }): ReactElement {
  const { label, hideLabel = false, options, value, onChange } = props;
  return (
    <AriaRadioGroup
      className={cx(styles.group)}
      value={value}
      onChange={(key) => {
        const chosen = options.find((option) => option.value === key);
        if (chosen !== undefined) onChange(chosen.value);
      }}
      isDisabled={props.isDisabled ?? false}
      orientation="horizontal"
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      {!hideLabel && <Label className={cx(field.label)}>{label}</Label>}
      {props.children}
    </AriaRadioGroup>
  );
}
