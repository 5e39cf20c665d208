import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { useClient, useConsoleState } from '../../app/console.tsx';
import { noRows, reduceRows, type MessageFilter, type MessageRows } from './rows.ts';

const PAGE = 100;

export interface Messages extends MessageRows {
  /** Why the newest page could not be read; the rows stay as they were. */
  readonly error: unknown;
  /** Reads the page behind the last row, unless it is under way. */
  readonly readMore: () => void;
  /** Lets the waiting rows in. */
  readonly release: () => void;
  /** Reads the newest page again. */
  readonly retry: () => void;
}

/**
 * The message list under a filter, live. While `hold` new rows wait. A host that was lost and came back is asked for its newest page,
 * since what happened meanwhile was not announced.
 */
export function useMessages(filter: MessageFilter, hold: boolean): Messages {
  const client = useClient();
  const isOpen = useConsoleState((state) => state.link) === 'open';
  const [state, dispatch] = useReducer(reduceRows, noRows);
  const [error, setError] = useState<unknown>(null);
  const paging = useRef(false);
  const loadedFor = useRef<MessageFilter | null>(null);
  const isHeld = useRef(hold);
  useEffect(() => {
    isHeld.current = hold;
  }, [hold]);

  useEffect(
    () =>
      client.on('messages.changed', ({ rows }) =>
        dispatch({ kind: 'changed', rows, filter, hold: isHeld.current }),
      ),
    [client, filter],
  );

  // Which reading counts: one that was begun for another filter, or before a newer one, is let go.
  const turn = useRef(0);
  const load = useCallback(() => {
    turn.current += 1;
    const mine = turn.current;
    const isRefresh = loadedFor.current === filter;
    if (!isRefresh) dispatch({ kind: 'reset' });
    paging.current = false;
    client.call('messages.list', { ...filter, limit: PAGE }).then(
      ({ rows, more }) => {
        if (mine !== turn.current) return;
        loadedFor.current = filter;
        setError(null);
        dispatch(
          isRefresh
            ? { kind: 'refreshed', rows, more, filter, hold: isHeld.current }
            : { kind: 'loaded', rows, more },
        );
      },
      (thrown: unknown) => {
        if (mine === turn.current) setError(thrown);
      },
    );
  }, [client, filter]);

  useEffect(() => {
    if (isOpen) load();
    return () => {
      turn.current += 1;
    };
  }, [isOpen, load]);

  const lastId = state.rows.at(-1)?.id;
  const { more } = state;
  const readMore = useCallback(() => {
    if (paging.current || !more || lastId === undefined) return;
    paging.current = true;
    client.call('messages.list', { ...filter, before: lastId, limit: PAGE }).then(
      (page) => {
        // The filter changed meanwhile: the page belongs to a list that is gone.
        if (!paging.current || loadedFor.current !== filter) return;
        paging.current = false;
        dispatch({ kind: 'paged', ...page });
      },
      (thrown: unknown) => {
        paging.current = false;
        setError(thrown);
      },
    );
  }, [client, filter, lastId, more]);

  const release = useCallback(() => dispatch({ kind: 'released' }), []);
  return { ...state, error, readMore, release, retry: load };
}
