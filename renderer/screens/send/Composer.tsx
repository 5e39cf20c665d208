import { useDeferredValue, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { useCan, useClient } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import type { BotView } from '../../../common/domain/bot.ts';
import { robotMessageTypes, type SendResult } from '../../../common/domain/outgoing.ts';
import { Button, ErrorText, KeyHint, Segmented } from '../../components/index.ts';
import { SendIcon } from '../../icons/index.tsx';
import { Answer } from './Answer.tsx';
import { compose } from './compose.ts';
import { clearSent, type Draft } from './draft.ts';
import { useDraft } from './drafts.ts';
import { Limits } from './Limits.tsx';
import { MessageForm } from './MessageForm.tsx';
import { Preview } from './Preview.tsx';
import styles from './send.module.css';
import { useQuota } from './useQuota.ts';
import { fieldProblem } from './words.ts';

/** What came of the last sending: an answer, or the reason why there is none. */
type Outcome =
  | { readonly kind: 'answer'; readonly result: SendResult; readonly sent: Draft }
  | { readonly kind: 'error'; readonly error: unknown };

const isMac = /Mac|iP(?:hone|ad)/.test(navigator.userAgent);

/** Form and preview for one robot. What is typed belongs to the robot and stays until it was delivered. */
export function Composer({ bot }: { bot: BotView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const canSend = useCan('send');
  const [draft, change] = useDraft(bot.id);
  const drawn = useDeferredValue(draft);
  const { quota, refresh } = useQuota(bot.id);
  const [attempted, setAttempted] = useState(false);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const form = useRef<HTMLDivElement>(null);
  const composed = compose(draft);
  const problems = composed.ok ? [] : composed.problems;

  const send = async (): Promise<void> => {
    // Ctrl+Enter repeats while it is held down; a message must leave once.
    if (busy || !canSend) return;
    if (!composed.ok) {
      setAttempted(true);
      requestAnimationFrame(() => focusFirstProblem(form.current));
      return;
    }
    setBusy(true);
    setOutcome(null);
    try {
      const result = await client.call('send.message', { bot: bot.id, message: composed.message });
      setOutcome({ kind: 'answer', result, sent: draft });
      if (result.outcome === 'delivered') {
        // What was typed while the message was under way is not what was sent, so it stays.
        change((now) => (now === draft ? clearSent(now) : now));
        setAttempted(false);
      }
    } catch (error) {
      setOutcome({ kind: 'error', error });
    } finally {
      setBusy(false);
      refresh();
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    void send();
  };

  return (
    <div onKeyDownCapture={onKeyDown} className={styles.form}>
      <div className={styles.types}>
        <Segmented
          label={t('send.type')}
          hideLabel
          options={robotMessageTypes.map((type) => ({
            value: type,
            label: t(`send.type.${type}`),
          }))}
          value={draft.type}
          onChange={(type) => {
            setAttempted(false);
            change((old) => ({ ...old, type }));
          }}
        />
      </div>
      <div className={styles.columns}>
        <div className={styles.form} ref={form}>
          <MessageForm
            draft={draft}
            change={change}
            problem={(path) => fieldProblem(problems, path, attempted, t)}
          />
          <div className={styles.foot}>
            {outcome?.kind === 'answer' && <Answer result={outcome.result} />}
            {outcome?.kind === 'error' && <ErrorText error={outcome.error} />}
            <div className={styles.submit}>
              <Button
                variant="primary"
                isPending={busy}
                isDisabled={!canSend}
                onPress={() => void send()}
              >
                <SendIcon size={14} />
                {t('send.send')}
              </Button>
              <KeyHint keys={[isMac ? '⌘' : 'Ctrl', 'Enter']} />
              {!canSend && <span className={styles.quiet}>{t('send.mayNot')}</span>}
              {outcome?.kind === 'answer' && outcome.result.outcome === 'delivered' && (
                <Button variant="quiet" size="small" onPress={() => change(() => outcome.sent)}>
                  {t('send.again')}
                </Button>
              )}
            </div>
          </div>
        </div>
        <aside className={styles.side} aria-label={t('send.preview')}>
          <h2 className={styles.sideTitle}>{t('send.preview')}</h2>
          <Preview bot={bot.name === '' ? bot.id : bot.name} draft={drawn} />
          <Limits draft={draft} quota={quota} />
        </aside>
      </div>
    </div>
  );
}

function focusFirstProblem(form: HTMLElement | null): void {
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
