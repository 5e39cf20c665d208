import { useDeferredValue, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { useNow } from '../../app/clock.tsx';
import { useCan, useClient } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { focusFirstProblem } from '../../app/scroll.ts';
import type { BotView } from '../../../common/domain/bot.ts';
import { appMessageTypes } from '../../../common/domain/app-message.ts';
import { robotMessageTypes, type SendResult } from '../../../common/domain/outgoing.ts';
import { Button, ErrorText, KeyHint, Segmented, Select } from '../../components/index.ts';
import { SendIcon } from '../../icons/index.tsx';
import { Answer } from './Answer.tsx';
import { Choices } from './Choices.tsx';
import { compose } from './compose.ts';
import { clearSent, type Draft, type MessageType, type SenderKind } from './draft.ts';
import { useDraft } from './drafts.ts';
import { Limits } from './Limits.tsx';
import { MessageForm } from './MessageForm.tsx';
import { optionsOf, sendTimeProblem } from './options.ts';
import type { Problem } from './problem.ts';
import { Preview } from './Preview.tsx';
import { Queue } from './Queue.tsx';
import { Recipients } from './Recipients.tsx';
import frame from '../../components/Editor.module.css';
import styles from './send.module.css';
import { useAnswer } from './useAnswer.ts';
import { useOutbox } from './useOutbox.ts';
import { useQuota } from './useQuota.ts';
import { fieldProblem } from './words.ts';

const isMac = /Mac|iP(?:hone|ad)/.test(navigator.userAgent);

/** Form and preview for one bot. What is typed belongs to the bot and stays until it was delivered. */
export function Composer({ bot }: { bot: BotView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const canSend = useCan('send');
  const [typed, change] = useDraft(bot.id);
  const { quota, refresh } = useQuota(bot.id);
  const [attempted, setAttempted] = useState(false);
  const [busy, setBusy] = useState(false);
  const { answer, setAnswer } = useAnswer();
  const [error, setError] = useState<unknown>(null);
  const [sent, setSent] = useState<Draft | null>(null);
  const { outbox, refresh: refreshOutbox } = useOutbox(bot.id);
  const now = useNow(30_000);
  const kind: SenderKind = bot.kind === 'app' ? 'app' : 'robot';
  const form = useRef<HTMLDivElement>(null);
  const types = typesOf(bot.kind);
  const draft = types.includes(typed.type) ? typed : { ...typed, type: 'text' as const };
  const drawn = useDeferredValue(draft);
  const composed = compose(draft, kind);
  const wrongTime = sendTimeProblem(draft.choices, now);
  const problems: readonly Problem[] = [
    ...(composed.ok ? [] : composed.problems),
    ...(wrongTime === null ? [] : [{ path: 'sendAt', code: wrongTime } as const]),
  ];

  const send = async (): Promise<void> => {
    // Ctrl+Enter repeats while it is held down; a message must leave once.
    if (busy || !canSend) return;
    if (!composed.ok || sendTimeProblem(draft.choices, Date.now()) !== null) {
      setAttempted(true);
      requestAnimationFrame(() => {
        if (form.current !== null) focusFirstProblem(form.current);
      });
      return;
    }
    setBusy(true);
    setAnswer(null);
    setError(null);
    try {
      const result = await client.call('send.message', {
        bot: bot.id,
        message: composed.message,
        options: optionsOf(draft, Date.now()),
      });
      setAnswer(result);
      if (hasLeft(result)) {
        setSent(draft);
        // What was typed while the message was under way is not what was sent, so it stays.
        change((now) => (now === typed ? clearSent(draft) : now));
        setAttempted(false);
      }
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
      refresh();
      refreshOutbox();
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    void send();
  };

  const options = types.map((type) => ({ value: type, label: t(`send.type.${type}`) }));
  const choose = (type: MessageType): void => {
    setAttempted(false);
    change((old) => ({ ...old, type }));
  };
  const fields = {
    bot: bot.id,
    kind,
    draft,
    change,
    problem: (path: string) => fieldProblem(problems, path, attempted, t),
  };
  const row = outbox.rows.find(({ id }) => id === answer?.id);
  return (
    <div onKeyDownCapture={onKeyDown} className={frame.form}>
      <div className={styles.types}>
        {kind === 'app' ? (
          <div className={styles.typeSelect}>
            <Select label={t('send.type')} options={options} value={draft.type} onChange={choose} />
          </div>
        ) : (
          <Segmented
            label={t('send.type')}
            hideLabel
            options={options}
            value={draft.type}
            onChange={choose}
          />
        )}
      </div>
      <div className={styles.columns}>
        <div className={frame.form} ref={form}>
          {kind === 'app' && <Recipients {...fields} />}
          <MessageForm {...fields} />
          <Choices {...fields} />
          <div className={styles.foot}>
            {answer !== null && (
              <Answer result={answer} waiting={row === undefined ? null : { row, at: outbox.at }} />
            )}
            {error !== null && <ErrorText error={error} />}
            <div className={styles.submit}>
              <Button
                variant="primary"
                isPending={busy}
                isDisabled={!canSend}
                onPress={() => void send()}
              >
                <SendIcon size={14} />
                {t(draft.choices.sendAt === '' ? 'send.send' : 'send.schedule')}
              </Button>
              <KeyHint keys={[isMac ? '⌘' : 'Ctrl', 'Enter']} />
              {!canSend && <span className={styles.quiet}>{t('send.mayNot')}</span>}
              {sent !== null && answer !== null && hasLeft(answer) && (
                <Button variant="quiet" size="small" onPress={() => change(() => sent)}>
                  {t('send.again')}
                </Button>
              )}
            </div>
          </div>
        </div>
        <aside className={styles.side} aria-label={t('send.preview')}>
          <h2 className={styles.sideTitle}>{t('send.preview')}</h2>
          <Preview bot={bot.name === '' ? bot.id : bot.name} kind={kind} draft={drawn} />
          <Limits draft={draft} kind={kind} quota={quota} />
        </aside>
      </div>
      <Queue outbox={outbox} onChanged={refreshOutbox} />
    </div>
  );
}

/** Delivered, or in the queue from which it leaves by itself: there is nothing more to do in the form. */
function hasLeft({ outcome }: SendResult): boolean {
  return outcome === 'delivered' || outcome === 'queued';
}

/** The envelope of private relays holds a text alone. */
function typesOf(kind: BotView['kind']): readonly MessageType[] {
  if (kind === 'sealed') return ['text'];
  return kind === 'app' ? appMessageTypes : robotMessageTypes;
}
