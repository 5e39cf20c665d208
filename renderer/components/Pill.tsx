import type { ReactElement, ReactNode } from 'react';
import { ToggleButton } from 'react-aria-components';
import type { Tone } from '../../common/domain/tunnel.ts';
import { cx } from './cx.ts';
import { StatusShape } from './StatusShape.tsx';
import styles from './Pill.module.css';

/** A state in one or two words, with its shape. */
export function Pill({ tone, children }: { tone: Tone; children: ReactNode }): ReactElement {
  return (
    <span className={cx(styles.pill, styles[tone])}>
      <StatusShape tone={tone} size={10} />
      {children}
    </span>
  );
}

/** A small fact: a type, a kind, a field; in monospace where it is an id or an address. */
export function Chip(props: { mono?: boolean; children: ReactNode }): ReactElement {
  return (
    <span className={cx(styles.chip, props.mono === true && styles.mono)}>
      <span className={styles.chipText}>{props.children}</span>
    </span>
  );
}

export interface ChipToggleProps {
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
  readonly isDisabled?: boolean;
  readonly children: ReactNode;
}

/** A filter that is on or off. */
export function ChipToggle(props: ChipToggleProps): ReactElement {
  const { isSelected, onChange, isDisabled = false, children } = props;
  return (
    <ToggleButton
      className={cx(styles.chip, styles.toggle)}
      isSelected={isSelected}
      isDisabled={isDisabled}
      onChange={onChange}
    >
      <span className={styles.chipText}>{children}</span>
    </ToggleButton>
  );
}
