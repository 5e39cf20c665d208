import type { ReactElement, ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './Facts.module.css';

export interface FactsProps {
  /** As many as there is room for where it is left out. */
  readonly columns?: 'one' | 'two' | 'four';
  readonly children: ReactNode;
}

/** Facts as label and value, side by side. */
export function Facts({ columns, children }: FactsProps): ReactElement {
  return <dl className={cx(styles.facts, columns && styles[columns])}>{children}</dl>;
}

export interface FactProps {
  readonly label: string;
  /** Takes a row of its own. */
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

export function Fact({ label, isWide = false, children }: FactProps): ReactElement {
  return (
    <div className={cx(styles.fact, isWide && styles.wide)}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
