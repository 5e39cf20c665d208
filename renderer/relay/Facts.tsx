import type { ReactElement, ReactNode } from 'react';
import styles from './relay.module.css';

/** Facts as label and value, in as many columns as there is room for. */
export function Facts({ children }: { children: ReactNode }): ReactElement {
  return <dl className={styles.facts}>{children}</dl>;
}

export function Fact(props: { label: string; children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
