import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import type { SendResult } from '../../../common/domain/outgoing.ts';
import { CopyButton, Duration, PageLink, StatusShape } from '../../components/index.ts';
import styles from './send.module.css';
import { answerTone, answerWords } from './words.ts';

/** One line: what WeCom answered, in words, with errcode, the time it took and the address it left from. */
export function Answer({ result }: { result: SendResult }): ReactElement {
  const t = useTranslate();
  const { egress } = result;
  return (
    <div className={styles.answer} role="status">
      <p className={styles.answerWords}>
        <StatusShape tone={answerTone(result.outcome)} />
        {answerWords(result, t)}
      </p>
      {result.errcode !== null && (
        <CopyButton
          value={`${String(result.errcode)} ${result.errmsg}`}
          label={t('send.answer.copy')}
          text={`errcode ${String(result.errcode)}`}
        />
      )}
      <span className={styles.answerFact}>
        <Duration ms={result.durationMs} />
      </span>
      <span className={styles.answerFact}>
        {egress.ip === null
          ? t(`send.answer.via.${egress.via}`)
          : t(`send.answer.from.${egress.via}`, { ip: egress.ip })}
      </span>
      <span className={styles.answerFact}>
        <PageLink screen="messages" param={result.id}>
          {t('send.answer.open')}
        </PageLink>
      </span>
    </div>
  );
}
