import type { ReactElement } from 'react';
import { useTranslate } from '../app/locale.tsx';
import { LockIcon } from '../icons/index.tsx';
import styles from './Locked.module.css';

/** Says over a form which file defines what it shows; the form's fields are disabled with it. */
export function LockedNote({ source }: { source: string }): ReactElement {
  const t = useTranslate();
  return (
    <p className={styles.note}>
      <LockIcon />
      <span>{t('common.lockedBy', { source })}</span>
    </p>
  );
}

/** The same in a list: a lock beside the name, with the file on hover and for a screen reader. */
export function LockMark({ source }: { source: string }): ReactElement {
  const t = useTranslate();
  const words = t('common.lockedBy', { source });
  return (
    <span className={styles.mark} role="img" aria-label={words} title={words}>
      <LockIcon size={14} />
    </span>
  );
}
