import { useState, type ReactElement } from 'react';
import { Button } from 'react-aria-components';
import { useCan, useClient } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { useToasts } from '../../components/index.ts';
import { EyeIcon } from '../../icons/index.tsx';
import { firstWords } from './first-words.ts';
import styles from './cells.module.css';

/** The first words of a message, not read from the host before they are asked for. `reachable` lets Tab stop at the button. */
export function FirstWords({
  id,
  reachable,
}: {
  id: string;
  reachable: boolean;
}): ReactElement | null {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const mayReveal = useCan('reveal');
  const [words, setWords] = useState<{ readonly text: string | null } | null>(null);
  if (!mayReveal) return null;
  if (words !== null) {
    return words.text === null ? (
      <span className={styles.quiet}>{t('messages.noWords')}</span>
    ) : (
      <span title={words.text}>{words.text}</span>
    );
  }
  const show = async (): Promise<void> => {
    try {
      setWords({ text: firstWords(await client.call('messages.get', { id })) });
    } catch (error) {
      toasts.failed(error);
    }
  };
  return (
    <Button
      className={styles.reveal ?? ''}
      excludeFromTabOrder={!reachable}
      onPress={() => void show()}
      aria-label={t('messages.showWords')}
    >
      <EyeIcon size={14} />
      <span className={styles.dots}>••••••</span>
    </Button>
  );
}
