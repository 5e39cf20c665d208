import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import type { MessageRow } from '../../../common/domain/history.ts';
import { cx, Duration, RelativeTime, Spoken } from '../../components/index.ts';
import { ArrowInIcon, ArrowOutIcon, CheckIcon } from '../../icons/index.tsx';
import { FirstWords } from './FirstWords.tsx';
import styles from './cells.module.css';
import { Outcome } from './outcome.tsx';

/** Columns by their keys in the bundle; the class lays them out and hides the least needed where there is no room. */
export const messageColumns = [
  { id: 'time', className: styles.time },
  { id: 'direction', className: styles.direction },
  { id: 'bot', className: undefined },
  { id: 'type', className: styles.type },
  { id: 'from', className: styles.sender },
  { id: 'words', className: styles.words },
  { id: 'outcome', className: styles.result },
  { id: 'duration', className: styles.duration },
] as const;

export function MessageCells({
  row,
  isActive,
  pick = null,
  onPick,
}: {
  row: MessageRow;
  isActive: boolean;
  /** Whether it is picked, where rows can be. */
  pick?: boolean | null;
  onPick?: () => void;
}): ReactElement {
  const t = useTranslate();
  const Arrow = row.direction === 'in' ? ArrowInIcon : ArrowOutIcon;
  return (
    <>
      <span role="gridcell" className={styles.time}>
        {pick !== null && (
          <button
            type="button"
            tabIndex={-1}
            className={cx(styles.pick, pick && styles.picked)}
            aria-pressed={pick}
            aria-label={t('messages.pick')}
            onClick={onPick}
          >
            {pick && <CheckIcon size={12} />}
          </button>
        )}
        <RelativeTime at={row.at} />
      </span>
      <span role="gridcell" className={styles.direction} title={t(`messages.${row.direction}`)}>
        <Arrow size={14} />
        <Spoken>{t(`messages.${row.direction}`)}</Spoken>
      </span>
      <span role="gridcell" title={row.bot}>
        {row.bot}
      </span>
      <span
        role="gridcell"
        className={cx(styles.type, row.isEvent && styles.event)}
        title={row.type}
      >
        {row.type}
      </span>
      <span role="gridcell" className={styles.sender} title={row.from ?? ''}>
        {row.from ?? '–'}
      </span>
      <span role="gridcell" className={styles.words}>
        <FirstWords id={row.id} reachable={isActive} />
      </span>
      <span role="gridcell" className={styles.result}>
        <Outcome outcome={row.outcome} />
      </span>
      <span role="gridcell" className={styles.duration}>
        <Duration ms={row.durationMs} />
      </span>
    </>
  );
}
