import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { useClient, useConsoleState } from '../../app/console.tsx';
import type { LogEntry } from '../../../common/domain/log.ts';
import { LINE_CAPACITY, addLines, noLines, wholeUpTo, type LogLines } from './lines.ts';

/** Lines read first, so that there is something to see before all are here. */
const FIRST_LINES = 1_000;
/** Asked for beyond those that were dropped: what was written since. */
const SLACK = 2_000;

export interface LiveLog {
  readonly lines: LogLines;
  readonly phase: 'loading' | 'ready';
  readonly error: unknown;
  /** Lines that the topic dropped and that were fetched since the screen was opened. */
  readonly missed: number;
  readonly retry: () => void;
}

/** The log, live: what is there already, then what is appended. What the topic had to drop is fetched and put in its place. */
export function useLogLines(): LiveLog {
  const client = useClient();
  const isOpen = useConsoleState((state) => state.link) === 'open';
  const [lines, add] = useReducer(
    (old: LogLines, entries: readonly LogEntry[]) => addLines(old, entries),
    noLines,
  );
  const [phase, setPhase] = useState<LiveLog['phase']>('loading');
  const [error, setError] = useState<unknown>(null);
  const [missed, setMissed] = useState(0);
  const latest = useRef(lines);
  useEffect(() => {
    latest.current = lines;
  }, [lines]);

  const read = useCallback(
    async (limit: number, after?: number) => {
      const from = after === undefined ? {} : { after };
      const { entries } = await client.call('logs.recent', { ...from, limit });
      add(entries);
    },
    [client],
  );
  const load = useCallback(() => {
    const all = async (): Promise<void> => {
      await read(FIRST_LINES);
      setError(null);
      setPhase('ready');
      await read(LINE_CAPACITY);
    };
    all().catch(setError);
  }, [read]);

  useEffect(
    () =>
      client.on('logs.appended', ({ entries, dropped }) => {
        add(entries);
        if (dropped === 0) return;
        setMissed((count) => count + dropped);
        read(Math.min(LINE_CAPACITY, dropped + SLACK), wholeUpTo(latest.current)).catch(setError);
      }),
    [client, read],
  );
  useEffect(() => {
    if (isOpen) load();
  }, [isOpen, load]);

  return { lines, phase, error, missed, retry: load };
}
