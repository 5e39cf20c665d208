import type { ReactElement } from 'react';
import { useNow } from '../app/clock.tsx';
import { formatAbsolute, formatBytes, formatDuration, formatRelative } from '../app/format.ts';
import { useLocale } from '../app/locale.tsx';

const MINUTE = 60_000;

/** `12 s ago`, with date, time and zone on hover. Ticks each second only while that shows. */
export function RelativeTime({ at }: { at: number }): ReactElement {
  const locale = useLocale();
  const coarse = useNow(30_000);
  const fine = Math.abs(coarse - at) < 2 * MINUTE;
  return fine ? <Ticking at={at} /> : <Moment at={at} words={formatRelative(at, coarse, locale)} />;
}

function Ticking({ at }: { at: number }): ReactElement {
  const locale = useLocale();
  const now = useNow(1000);
  return <Moment at={at} words={formatRelative(at, now, locale)} />;
}

function Moment({ at, words }: { at: number; words: string }): ReactElement {
  const locale = useLocale();
  return (
    <time dateTime={new Date(at).toISOString()} title={formatAbsolute(at, locale)}>
      {words}
    </time>
  );
}

/** `340 ms`, `1.2 s`; a dash where nothing was measured. */
export function Duration({ ms }: { ms: number | null }): ReactElement {
  const locale = useLocale();
  return <span>{ms === null ? '–' : formatDuration(ms, locale)}</span>;
}

/** `1.5 KiB`. */
export function Bytes({ value }: { value: number }): ReactElement {
  const locale = useLocale();
  return <span>{formatBytes(value, locale)}</span>;
}
