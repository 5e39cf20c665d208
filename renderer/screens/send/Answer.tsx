import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import type { OutboxRow, SendResult } from '../../../common/domain/outgoing.ts';
import { CopyButton, Duration, errorWords, PageLink, StatusShape } from '../../components/index.ts';
import { Eta } from './Queue.tsx';
import styles from './send.module.css';
import { UntrustedIp, untrustedIp } from './UntrustedIp.tsx';
import { answerNotes, answerTone, answerWords } from './words.ts';

interface AnswerProps {
  readonly result: SendResult;
  /** Its row in the queue, while it is there, and when that was read. */
  readonly waiting: { readonly row: OutboxRow; readonly at: number } | null;
}

/** One line: what WeCom answered, in words, with errcode, the time it took and the address it left from. */
export function Answer({ result, waiting }: AnswerProps): ReactElement {
  const t = useTranslate();
  const isQueued = result.outcome === 'queued';
  const place = waiting?.row ?? result.queue;
  const ip = untrustedIp(result);
  return (
    <div className={styles.answers} role="status">
      <div className={styles.answer}>
        <p className={styles.answerWords}>
          <StatusShape tone={answerTone(result.outcome)} />
          {isQueued && place?.sendAt !== undefined
            ? t('send.answer.scheduled')
            : answerWords(result, t)}
        </p>
        {isQueued && place !== undefined && (
          <span className={styles.answerFact}>
            <Eta
              position={place.position}
              at={(waiting?.at ?? result.at) + place.etaMs}
              sendAt={place.sendAt ?? null}
            />
          </span>
        )}
        {result.errcode !== null && (
          <CopyButton
            value={`${String(result.errcode)} ${result.errmsg}`}
            label={t('send.answer.copy')}
            text={`errcode ${String(result.errcode)}`}
          />
        )}
        {!isQueued && <Left result={result} />}
        <span className={styles.answerFact}>
          <PageLink screen="messages" param={result.id}>
            {t('send.answer.open')}
          </PageLink>
        </span>
      </div>
      {answerNotes(result, t).map((note) => (
        <p key={note} className={styles.note}>
          <StatusShape tone="warn" size={10} />
          {note}
        </p>
      ))}
      {(result.warnings ?? []).map((warning) => (
        <p key={warning.code} className={styles.note}>
          <StatusShape tone="warn" size={10} />
          {errorWords(warning, t).what} {errorWords(warning, t).remedy}
        </p>
      ))}
      {ip !== null && <UntrustedIp ip={ip} />}
    </div>
  );
}

function Left({ result }: { result: SendResult }): ReactElement {
  const t = useTranslate();
  const { egress } = result;
  return (
    <>
      <span className={styles.answerFact}>
        <Duration ms={result.durationMs} />
      </span>
      <span className={styles.answerFact}>
        {egress.ip === null
          ? t(`send.answer.via.${egress.via}`)
          : t(`send.answer.from.${egress.via}`, { ip: egress.ip })}
      </span>
    </>
  );
}
