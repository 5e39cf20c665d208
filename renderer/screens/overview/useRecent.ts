import { useEffect, useState } from 'react';
import type { MessageRow } from '../../../common/domain/history.ts';
import { useClient, useConsoleState } from '../../app/console.tsx';

/** Rows, newest first, with `changed` put in their places and the oldest dropped. */
export function mergeRows(
  rows: readonly MessageRow[],
  changed: readonly MessageRow[],
  limit: number,
): readonly MessageRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of changed) byId.set(row.id, row);
  return [...byId.values()]
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
}

/** The last `limit` messages, kept up to date; null until they were first read. Read again when the host is back. */
export function useRecent(limit: number): {
  readonly rows: readonly MessageRow[] | null;
  readonly error: unknown;
} {
  const client = useClient();
  const isOpen = useConsoleState((state) => state.link === 'open');
  const [rows, setRows] = useState<readonly MessageRow[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    let live = true;
    let early: readonly MessageRow[] = [];
    const end = client.on('messages.changed', (change) => {
      // What changes while the list is being read is newer than the list.
      early = mergeRows(early, change.rows, limit);
      setRows((now) => (now === null ? null : mergeRows(now, change.rows, limit)));
    });
    const load = async (): Promise<void> => {
      try {
        const page = await client.call('messages.list', { limit });
        if (!live) return;
        setError(null);
        setRows(mergeRows(page.rows, early, limit));
      } catch (thrown) {
        if (live) setError(thrown);
      }
    };
    void load();
    return () => {
      live = false;
      end();
    };
  }, [client, isOpen, limit]);
  return { rows, error };
}
