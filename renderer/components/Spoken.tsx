import type { ReactElement, ReactNode } from 'react';
import styles from './Spoken.module.css';

/** Words for a screen reader alone, where the eye has an icon or a place. */
export function Spoken({ children }: { children: ReactNode }): ReactElement {
  return <span className={styles.spoken}>{children}</span>;
}

/** What just happened, said once and not shown; the empty text says nothing. */
export function SpokenStatus({ children }: { children: string }): ReactElement {
  return <output className={styles.spoken}>{children}</output>;
}
