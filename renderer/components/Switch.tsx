import type { ReactElement } from 'react';
import { Switch as AriaSwitch } from 'react-aria-components';
import { cx } from './cx.ts';
import styles from './Switch.module.css';

export interface SwitchProps {
  readonly label: string;
  /** Keeps the label for screen readers only, where a row already shows it. */
  readonly hideLabel?: boolean;
  readonly value: boolean;
  readonly onChange: (value: boolean) => void;
  readonly isDisabled?: boolean;
}

/** On or off, in force at once. */
export function Switch({
  label,
  hideLabel = false,
  value,
  onChange,
  isDisabled = false,
}: SwitchProps): ReactElement {
  return (
    <AriaSwitch
      className={cx(styles.switch)}
      isSelected={value}
      onChange={onChange}
      isDisabled={isDisabled}
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      <span className={styles.track} />
      {!hideLabel && label}
    </AriaSwitch>
  );
}
