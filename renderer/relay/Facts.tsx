import type { ReactElement, ReactNode } from 'react';
import styles from './relay.module.css';

/** Facts as label and value, in as many columns as there is room for. */
export function Facts({ children }: { children: ReactNode }): ReactElement {
  return <dl className={styles.facts}>{children}</dl>;
}

export function Fact(props: {
  label: string;
  /** Takes a row of its own. */
  isWide?: boolean;
  children: ReactNode;
}): ReactElement {
  return (
    <div className={props.isWide === true ? styles.wide : undefined}>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
