import { useCallback, useEffect, useRef, useState } from 'react';
import type { AuditRow } from '../../../../common/domain/relay/views.ts';
import { useClient, useRelayState } from '../../console.tsx';

const PAGE = 50;

export interface AuditPages {
  /** Newest first; null until the first page was read. */
  readonly rows: readonly AuditRow[] | null;
  readonly more: boolean;
  readonly error: unknown;
  readonly readMore: () => void;
  readonly reload: () => void;
}

/** The audit log page by page, for a search. */
export function useAudit(search: string): AuditPages {
  const client = useClient();
  const isOpen = useRelayState(({ link }) => link === 'open');
  const [rows, setRows] = useState<readonly AuditRow[] | null>(null);
  const [more, setMore] = useState(false);
  const [error, setError] = useState<unknown>(null);
  /** Answers of an older question are thrown away. */
  const question = useRef(0);

  const read = useCallback(
    async (before: number | null): Promise<void> => {
      question.current += 1;
      const mine = question.current;
      try {
        const page = await client.call('audit.list', {
          limit: PAGE,
          ...(search === '' ? {} : { search }),
          ...(before === null ? {} : { before }),
        });
        if (mine !== question.current) return;
        setRows((now) => (before === null ? page.rows : [...(now ?? []), ...page.rows]));
        setMore(page.more);
        setError(null);
      } catch (thrown) {
        if (mine === question.current) setError(thrown);
      }
    },
    [client, search],
  );
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setTimeout(() => void read(null), search === '' ? 0 : 180);
    return () => clearTimeout(timer);
  }, [isOpen, read, search]);
  return {
    rows,
    more,
    error,
    readMore: () => {
      const last = rows?.at(-1);
      if (last !== undefined) void read(last.seq);
    },
    reload: () => void read(null),
  };
}
