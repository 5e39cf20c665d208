import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient, useConsoleState } from '../../app/console.tsx';

/**
 * What the host says of one bot: asked at once, when one of its outgoing messages changes, and when a host that was lost is back. Null until
 * it is known, and while the host cannot say. `ask` stays the same from one drawing to the next.
 */
export function useOfBot<T>(
  bot: string,
  ask: (bot: string) => Promise<T>,
): { readonly value: T | null; readonly refresh: () => void } {
  const client = useClient();
  const isOpen = useConsoleState((state) => state.link === 'open');
  const [known, setKnown] = useState<{ bot: string; value: T | null } | null>(null);
  const asked = useRef(0);

  const refresh = useCallback(() => {
    // What is known stays while the host is gone, like everything else on the screen.
    if (!isOpen) return;
    asked.current += 1;
    const turn = asked.current;
    const put = (value: T | null): void => {
      if (turn === asked.current) setKnown({ bot, value });
    };
    ask(bot).then(put, () => put(null));
  }, [ask, bot, isOpen]);

  useEffect(() => {
    if (!isOpen) return undefined;
    refresh();
    const stop = client.on('messages.changed', ({ rows }) => {
      if (rows.some((row) => row.bot === bot && row.direction === 'out')) refresh();
    });
    return () => {
      stop();
      // An answer for the former bot is of no interest any more.
      asked.current += 1;
    };
  }, [client, bot, isOpen, refresh]);

  return { value: known?.bot === bot ? known.value : null, refresh };
}
