import type { ReactElement } from 'react';
import styles from './Frame.module.css';

/** The mark: a causeway of three piers under one deck. */
export function Wordmark(): ReactElement {
  return (
    <div className={styles.wordmark}>
      <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
        <path
          d="M1.5 7.25h17M4.5 7.25v8M10 7.25v8M15.5 7.25v8"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
        />
      </svg>
      Causeway
    </div>
  );
}
