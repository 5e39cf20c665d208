import { useCallback, useEffect } from 'react';
import { useClient } from '../../app/console.tsx';
import { robotLimits } from '../../../common/domain/outgoing.ts';
import { useOfBot } from './useOfBot.ts';

/** What is left of a robot's minute, and when it begins again (milliseconds since the epoch). */
export interface Quota {
  readonly remaining: number;
  readonly resetAt: number;
}

/** Smallest wait before asking again, so that a clock that differs from the host's cannot make it a storm. */
const MIN_WAIT_MS = 1_000;

/** The quota of a bot, read also when its minute is over. Null until known, and while the host cannot say. */
export function useQuota(bot: string): { quota: Quota | null; refresh: () => void } {
  const client = useClient();
  const ask = useCallback((of: string) => client.call('send.quota', { bot: of }), [client]);
  const { value: quota, refresh } = useOfBot<Quota | null>(bot, ask);
  useEffect(() => {
    if (quota === null || quota.remaining >= robotLimits.messagesPerMinute) return;
    const timer = setTimeout(refresh, Math.max(MIN_WAIT_MS, quota.resetAt - Date.now() + 50));
    return () => clearTimeout(timer);
  }, [quota, refresh]);
  return { quota, refresh };
}
