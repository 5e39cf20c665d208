import type { ReactElement } from 'react';
import type { MessageOutcome } from '../../common/domain/history.ts';
import { useTranslate } from '../app/locale.tsx';
import { outcomeTones } from '../app/outcome.ts';
import { StatusShape } from './StatusShape.tsx';
import styles from './Layout.module.css';

/** How a message ended: shape and words. */
export function Outcome({ outcome }: { outcome: MessageOutcome }): ReactElement {
  const t = useTranslate();
  return (
    <span className={styles.outcome}>
      <StatusShape tone={outcomeTones[outcome]} size={10} />
      {t(`common.outcome.${outcome}`)}
    </span>
  );
}
