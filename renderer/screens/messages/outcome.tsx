import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import type { MessageOutcome } from '../../../common/domain/history.ts';
import type { Tone } from '../../../common/domain/tunnel.ts';
import { StatusShape } from '../../components/index.ts';
import styles from './cells.module.css';

/** How an outcome is to be felt. */
export function outcomeTone(outcome: MessageOutcome): Tone {
  switch (outcome) {
    case 'pending':
      return 'busy';
    case 'replied':
    case 'accepted':
    case 'delivered':
      return 'ok';
    case 'stored':
      return 'idle';
    case 'late':
    case 'unknown':
      return 'warn';
    case 'failed':
    case 'refused':
      return 'bad';
  }
}

/** How a message ended, in a word, with its shape. */
export function Outcome({ outcome }: { outcome: MessageOutcome }): ReactElement {
  const t = useTranslate();
  return (
    <span className={styles.outcome}>
      <StatusShape tone={outcomeTone(outcome)} size={10} />
      {t(`messages.outcome.${outcome}`)}
    </span>
  );
}
