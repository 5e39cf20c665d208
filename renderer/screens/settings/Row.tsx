import type { ReactElement, ReactNode } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import { LockIcon } from '../../icons/index.tsx';
import styles from './settings.module.css';

export interface RowProps {
  readonly label: string;
  readonly note?: string;
  /** The file or policy that fixes the setting. */
  readonly lockedBy: string | null;
  readonly children: ReactNode;
}

/** One setting: what it does on the left, its control on the right. */
export function Row({ label, note, lockedBy, children }: RowProps): ReactElement {
  const t = useTranslate();
  return (
    <div className={styles.row}>
      <div className={styles.words}>
        <p className={styles.label}>{label}</p>
        {note !== undefined && <p className={styles.note}>{note}</p>}
        {lockedBy !== null && (
          <p className={styles.locked}>
            <LockIcon size={14} />
            {t('settings.lockedBy', { source: lockedBy })}
          </p>
        )}
      </div>
      <div className={styles.control}>{children}</div>
    </div>
  );
}
