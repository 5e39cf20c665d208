import { useCallback, useEffect } from 'react';
import { useClient } from '../../app/console.tsx';
import type { OutboxRow } from '../../../common/domain/outgoing.ts';
import { useOfBot } from './useOfBot.ts';

/** What waits for a bot; `at` is when it was read, so that expected times can be counted down. */
export interface Outbox {
  readonly rows: readonly OutboxRow[];
  readonly total: number;
  readonly at: number;
}

const SHOWN = 50;
/** The queue moves by itself; while there is one it is read this often, milliseconds. */
const AGAIN_MS = 4_000;
const nothing: Outbox = { rows: [], total: 0, at: 0 };

/** The queue of a bot, read also every few seconds while it is not empty. */
export function useOutbox(bot: string): { outbox: Outbox; refresh: () => void } {
  const client = useClient();
  const ask = useCallback(
    async (of: string): Promise<Outbox> => {
      const { rows, total } = await client.call('outbox.list', { bot: of, limit: SHOWN });
      return { rows, total, at: Date.now() };
    },
    [client],
  );
  const { value, refresh } = useOfBot(bot, ask);
  const outbox = value ?? nothing;
  useEffect(() => {
    if (outbox.total === 0) return;
    const timer = setTimeout(refresh, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [outbox, refresh]);
  return { outbox, refresh };
}
