import type { ReactElement, ReactNode } from 'react';
import { useTranslate } from '../app/locale.tsx';
import { LockIcon } from '../icons/index.tsx';
import styles from './SettingRow.module.css';

export interface SettingRowProps {
  readonly label: string;
  readonly note?: string | undefined;
  /** The file, policy or option that fixes the setting. */
  readonly lockedBy?: string | null;
  readonly children: ReactNode;
}

/** One setting: what it does on the left, its control on the right. */
export function SettingRow({
  label,
  note,
  lockedBy = null,
  children,
}: SettingRowProps): ReactElement {
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
