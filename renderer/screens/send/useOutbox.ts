import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from '../../app/console.tsx';
import type { OutboxRow } from '../../../common/domain/outgoing.ts';

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

/** The queue of a bot, read at once, when one of its messages changes, and every few seconds while it is not empty. */
export function useOutbox(bot: string): { outbox: Outbox; refresh: () => void } {
  const client = useClient();
  const [known, setKnown] = useState<{ bot: string; outbox: Outbox } | null>(null);
  const asked = useRef(0);
  const refresh = useCallback(() => {
    asked.current += 1;
    const turn = asked.current;
    client.call('outbox.list', { bot, limit: SHOWN }).then(
      ({ rows, total }) => {
        if (turn === asked.current) setKnown({ bot, outbox: { rows, total, at: Date.now() } });
      },
      () => {
        if (turn === asked.current) setKnown(null);
      },
    );
  }, [client, bot]);

  useEffect(() => {
    refresh();
    const stop = client.on('messages.changed', ({ rows }) => {
      if (rows.some((row) => row.bot === bot && row.direction === 'out')) refresh();
    });
    return () => {
      stop();
      // An answer for the former bot is of no interest any more.
      asked.current += 1;
    };
  }, [client, bot, refresh]);

  const outbox = known?.bot === bot ? known.outbox : nothing;
  useEffect(() => {
    if (outbox.total === 0) return;
    const timer = setTimeout(refresh, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [outbox, refresh]);
  return { outbox, refresh };
}
