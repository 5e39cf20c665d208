import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from '../../app/console.tsx';
import { robotLimits } from '../../../common/domain/outgoing.ts';

/** What is left of a robot's minute, and when it begins again (milliseconds since the epoch). */
export interface Quota {
  readonly remaining: number;
  readonly resetAt: number;
}

/** Smallest wait before asking again, so that a clock that differs from the host's cannot make it a storm. */
const MIN_WAIT_MS = 1_000;

/**
 * The quota of a bot: read at once, again when its minute is over, and when something else sent for the bot. Null until known, and
 * while the host cannot say.
 */
export function useQuota(bot: string): { quota: Quota | null; refresh: () => void } {
  const client = useClient();
  const [known, setKnown] = useState<{ bot: string; quota: Quota | null } | null>(null);
  const asked = useRef(0);

  const refresh = useCallback(() => {
    asked.current += 1;
    const turn = asked.current;
    client.call('send.quota', { bot }).then(
      (quota) => {
        if (turn === asked.current) setKnown({ bot, quota });
      },
      () => {
        if (turn === asked.current) setKnown({ bot, quota: null });
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

  const quota = known?.bot === bot ? known.quota : null;
  useEffect(() => {
    if (quota === null || quota.remaining >= robotLimits.messagesPerMinute) return;
    const timer = setTimeout(refresh, Math.max(MIN_WAIT_MS, quota.resetAt - Date.now() + 50));
    return () => clearTimeout(timer);
  }, [quota, refresh]);

  return { quota, refresh };
}
