import { useEffect, useRef, useState, type ReactElement } from 'react';
import { Button } from 'react-aria-components';
import { useTranslate } from '../app/locale.tsx';
import type { Translate } from '../../common/i18n/translate.ts';
import { shorten } from '../../common/text/utf8.ts';
import { CheckIcon, CopyIcon } from '../icons/index.tsx';
import { Button as Action } from './Button.tsx';
import { copyText } from './clipboard.ts';
import { cx } from './cx.ts';
import { SpokenStatus } from './Spoken.tsx';
import { Tip } from './Tip.tsx';
import styles from './Copy.module.css';

/** How long "Copied" stands, and what to do where it failed; milliseconds. */
const SAID_MS = { copied: 1600, failed: 6000 };

export interface CopyButtonProps {
  /** What reaches the clipboard, whole. */
  readonly value: string;
  /** What it copies, read aloud: "Copy the public address". */
  readonly label: string;
  /** Shown beside the icon. */
  readonly text?: string;
}

type Said = 'copied' | 'failed' | null;

function saidWords(said: Said, t: Translate): string | null {
  if (said === null) return null;
  return t(said === 'copied' ? 'common.copied' : 'common.copyFailed');
}

/** Copies a value; what came of it stands for a moment. */
function useCopy(value: string): { said: Said; copy: () => void } {
  const [said, setSaid] = useState<Said>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    const outcome = (await copyText(value)) ? 'copied' : 'failed';
    setSaid(outcome);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSaid(null), SAID_MS[outcome]);
  };
  return { said, copy: () => void copy() };
}

/** Copies a value and says that it did. */
export function CopyButton({ value, label, text }: CopyButtonProps): ReactElement {
  const t = useTranslate();
  const { said, copy } = useCopy(value);
  const words = saidWords(said, t);
  return (
    <>
      <Tip text={words ?? label} isHeld={words !== null}>
        <Button
          className={cx(styles.copy, said === 'copied' && styles.copied)}
          aria-label={text === undefined ? label : `${label}: ${text}`}
          onPress={copy}
        >
          {text !== undefined && <span className={styles.text}>{text}</span>}
          {said === 'copied' ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
        </Button>
      </Tip>
      <SpokenStatus>{words ?? ''}</SpokenStatus>
    </>
  );
}

/** Copying as the main thing to do: a button with its words, which say when it is done. */
export function CopyAction({ value, label }: { value: string; label: string }): ReactElement {
  const t = useTranslate();
  const { said, copy } = useCopy(value);
  const words = saidWords(said, t);
  return (
    <>
      <Action variant="primary" onPress={copy}>
        {said === 'copied' ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
        {words ?? label}
      </Action>
      <SpokenStatus>{words ?? ''}</SpokenStatus>
    </>
  );
}

export interface CopyValueProps {
  readonly value: string;
  readonly label: string;
  /** Characters kept before and after the middle; left out, the value stays whole and is cut by the space it has. */
  readonly keep?: { readonly head: number; readonly tail: number };
}

/** An id or address in monospace: shortened in the middle for the eye, copied whole. */
export function CopyValue({ value, label, keep }: CopyValueProps): ReactElement {
  const text = keep === undefined ? value : shorten(value, keep.head, keep.tail);
  return <CopyButton value={value} label={label} text={text} />;
}
