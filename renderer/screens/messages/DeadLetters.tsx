import { useState, type ReactElement } from 'react';
import { useClient } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import type { MessageSelection } from '../../../common/domain/replay.ts';
import { Button, KeyHint, useToasts } from '../../components/index.ts';
import { RefreshIcon } from '../../icons/index.tsx';
import styles from './messages.module.css';

interface DeadLettersProps {
  /** The rows that are picked. */
  readonly picked: ReadonlySet<string>;
  /** The bot that the list is narrowed to. */
  readonly bot: string | undefined;
  readonly onDone: () => void;
}

/** What can be done about messages that no service took: deliver them again, some or all. */
export function DeadLetters({ picked, bot, onDone }: DeadLettersProps): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  const redrive = (selection: MessageSelection): void => {
    setBusy(true);
    client
      .call('messages.redrive', selection)
      .then(({ messages }) => {
        toasts.done(t('messages.redriven', { count: messages }));
        onDone();
      }, toasts.failed)
      .finally(() => setBusy(false));
  };
  return (
    <div className={styles.dead}>
      <p>
        {t('messages.dead.text')} <KeyHint keys={[t('messages.dead.space')]} />{' '}
        {t('messages.dead.selects')}
      </p>
      <div className={styles.deadActs}>
        {picked.size > 0 && (
          <Button
            size="small"
            variant="primary"
            isPending={busy}
            onPress={() => redrive({ ids: [...picked] })}
          >
            <RefreshIcon size={14} />
            {t('messages.redrive.some', { count: picked.size })}
          </Button>
        )}
        <Button
          size="small"
          isPending={busy}
          onPress={() => redrive({ outcome: 'failed', ...(bot !== undefined && { bot }) })}
        >
          {t('messages.redrive.all')}
        </Button>
      </div>
    </div>
  );
}
