import { useEffect, useState } from 'react';
import { useCan, useClient, useConsoleState } from '../../app/console.tsx';
import type { MessageDetail, MessageRow } from '../../../common/domain/history.ts';

/** A message that is open. Without the right to open messages there is its row only. */
export interface OpenMessage {
  readonly row: MessageRow | null;
  readonly detail: MessageDetail | null;
  readonly error: unknown;
}

/** Reads a message by its id, and again when it changed or a host that was lost is back. `known` is its row in the list. */
export function useDetail(id: string, known: MessageRow | null): OpenMessage {
  const client = useClient();
  const mayReveal = useCan('reveal');
  const isOpen = useConsoleState((state) => state.link === 'open');
  const [open, setOpen] = useState<OpenMessage>({ row: null, detail: null, error: null });
  const isKnown = known !== null;

  useEffect(() => {
    if (!isOpen) return undefined;
    let current = true;
    const settle = (next: OpenMessage): void => {
      if (current) setOpen(next);
    };
    const fail = (error: unknown): void => settle({ row: null, detail: null, error });
    const read = (): void => {
      if (mayReveal) {
        client
          .call('messages.get', { id })
          .then((detail) => settle({ row: detail.row, detail, error: null }), fail);
      } else if (!isKnown) {
        client
          .call('messages.list', { search: id, limit: 1 })
          .then(({ rows }) => settle({ row: rows[0] ?? null, detail: null, error: null }), fail);
      }
    };
    read();
    const stop = client.on('messages.changed', ({ rows }) => {
      if (rows.some((row) => row.id === id)) read();
    });
    return () => {
      current = false;
      stop();
    };
  }, [client, id, isOpen, mayReveal, isKnown]);

  return { ...open, row: known ?? open.row };
}
