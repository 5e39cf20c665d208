import { useEffect, useState } from 'react';
import { useCan, useClient } from '../../app/console.tsx';
import type { MessageDetail, MessageRow } from '../../../common/domain/history.ts';

/** A message that is open. Without the right to open messages there is its row only. */
export interface OpenMessage {
  readonly row: MessageRow | null;
  readonly detail: MessageDetail | null;
  readonly error: unknown;
}

/** Reads a message by its id; read again when its row changes, e.g. because its answer came. `known` is its row in the list. */
export function useDetail(id: string, known: MessageRow | null): OpenMessage {
  const client = useClient();
  const mayReveal = useCan('reveal');
  const [found, setFound] = useState<{ id: string; open: OpenMessage } | null>(null);
  const outcome = known?.outcome;
  const isKnown = known !== null;

  useEffect(() => {
    let current = true;
    const settle = (open: OpenMessage): void => {
      if (current) setFound({ id, open });
    };
    const fail = (error: unknown): void => settle({ row: null, detail: null, error });
    if (mayReveal) {
      client
        .call('messages.get', { id })
        .then((detail) => settle({ row: detail.row, detail, error: null }), fail);
    } else if (!isKnown) {
      client
        .call('messages.list', { search: id, limit: 1 })
        .then(({ rows }) => settle({ row: rows[0] ?? null, detail: null, error: null }), fail);
    }
    return () => {
      current = false;
    };
  }, [client, id, mayReveal, isKnown, outcome]);

  const open = found?.id === id ? found.open : { row: null, detail: null, error: null };
  return { ...open, row: known ?? open.row };
}
