import { useEffect, useState } from 'react';
import { useClient } from '../../app/console.tsx';
import { SendOutcome, type SendResult } from '../../../common/domain/outgoing.ts';

/** The answer to what was sent last; one that is queued becomes what came of it once it has left. */
export function useAnswer(): {
  answer: SendResult | null;
  setAnswer: (answer: SendResult | null) => void;
} {
  const client = useClient();
  const [answer, setAnswer] = useState<SendResult | null>(null);
  const waitingFor = answer?.outcome === 'queued' ? answer.id : null;
  useEffect(() => {
    if (waitingFor === null) return;
    return client.on('messages.changed', ({ rows }) => {
      const row = rows.findLast(({ id }) => id === waitingFor);
      const outcome = SendOutcome.safeParse(row?.outcome);
      if (row === undefined || !outcome.success) return;
      setAnswer((old) => {
        if (old?.id !== row.id) return old;
        const { queue: _, ...known } = old;
        return { ...known, outcome: outcome.data, error: row.error };
      });
    });
  }, [client, waitingFor]);
  return { answer, setAnswer };
}
