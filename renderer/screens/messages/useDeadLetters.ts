import { useCallback, useEffect, useState } from 'react';
import { useClient, useConsoleState } from '../../app/console.tsx';

/** Counted so far and no further: beyond it, it is "99+". */
export const COUNTED = 100;
const SETTLE_MS = 1_000;

/** How many received messages no service took, counted up to {@link COUNTED}; read again as messages change, and when the host is back. */
export function useDeadLetters(): number {
  const client = useClient();
  const isOpen = useConsoleState((state) => state.link === 'open');
  const [count, setCount] = useState(0);
  const read = useCallback(() => {
    client
      .call('messages.list', { direction: 'in', outcome: 'failed', limit: COUNTED })
      .then(({ rows }) => setCount(rows.length))
      .catch(() => undefined);
  }, [client]);
  useEffect(() => {
    if (!isOpen) return undefined;
    read();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = client.on('messages.changed', ({ rows }) => {
      // Every change may be a message that failed, or one that did no longer; asked once for a burst.
      if (timer !== undefined || rows.every((row) => row.direction === 'out')) return;
      timer = setTimeout(() => {
        timer = undefined;
        read();
      }, SETTLE_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, isOpen, read]);
  return count;
}
