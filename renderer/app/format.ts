import type { Locale } from '../../common/domain/settings.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function number(locale: Locale, value: number, digits: number): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
}

/** English dates put the day first, so that 3 Nov cannot be read as 11 March. */
function dateLocale(locale: Locale): string {
  return locale === 'en' ? 'en-GB' : locale;
}

/** Units of what is waited or has lasted; what is measured in less than a minute has the symbols of science everywhere. */
const units: Readonly<Record<Locale, Readonly<Record<'s' | 'min' | 'h' | 'd', string>>>> = {
  en: { s: 's', min: 'min', h: 'h', d: 'd' },
  'zh-CN': { s: '秒', min: '分钟', h: '小时', d: '天' },
};

/** A duration in milliseconds: `0.4 ms`, `340 ms`, `1.2 s`, `3 min`, `2 h 5 min`, `4 d`; `2 小时 5 分钟`, `4 天`. */
export function formatDuration(ms: number, locale: Locale): string {
  const size = Math.abs(ms);
  const { min, h, d } = units[locale];
  if (size < 1) return `${number(locale, ms, 1)} ms`;
  if (size < SECOND - 0.5) return `${number(locale, ms, 0)} ms`;
  if (size < MINUTE - 50) return `${number(locale, ms / SECOND, size < 10 * SECOND ? 1 : 0)} s`;
  if (size < HOUR - 30 * SECOND) return `${number(locale, ms / MINUTE, 0)} ${min}`;
  if (size < 2 * DAY) {
    const whole = Math.round(size / MINUTE);
    const minutes = whole % 60;
    const hours = `${ms < 0 ? '-' : ''}${Math.floor(whole / 60)} ${h}`;
    return minutes === 0 ? hours : `${hours} ${minutes} ${min}`;
  }
  return `${number(locale, ms / DAY, 0)} ${d}`;
}

/** What is left of a wait, in whole seconds and never below zero: `18 s`, `0 s`, `4 min`; `18 秒`. */
export function formatCountdown(ms: number, locale: Locale): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  return seconds < 60 ? `${seconds} ${units[locale].s}` : formatDuration(seconds * SECOND, locale);
}

/** Bytes with binary steps: `812 B`, `1.5 KiB`, `2 MiB`. */
export function formatBytes(bytes: number, locale: Locale): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  let value = bytes;
  let step = 0;
  while (Math.abs(value) >= 1024 && step < units.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${number(locale, value, step === 0 || value >= 100 ? 0 : 1)} ${units[step] ?? 'B'}`;
}

/** A count: `1,204`, and from a million on `1.2M` / `120万`. */
export function formatCount(count: number, locale: Locale): string {
  if (Math.abs(count) < 1_000_000) return number(locale, count, 0);
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(
    count,
  );
}

/** `now`, `12 seconds ago`, `in 3 days`, in the words of the language. */
export function formatRelative(at: number, now: number, locale: Locale): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const difference = at - now;
  const size = Math.abs(difference);
  if (size < 5 * SECOND) return words.format(0, 'second');
  if (size < MINUTE) return words.format(Math.round(difference / SECOND), 'second');
  if (size < HOUR) return words.format(Math.round(difference / MINUTE), 'minute');
  if (size < DAY) return words.format(Math.round(difference / HOUR), 'hour');
  if (size < 60 * DAY) return words.format(Math.round(difference / DAY), 'day');
  if (size < 730 * DAY) return words.format(Math.round(difference / (30.4 * DAY)), 'month');
  return words.format(Math.round(difference / (365.25 * DAY)), 'year');
}

/** Date, time to the second and zone. */
export function formatAbsolute(at: number, locale: Locale): string {
  return new Intl.DateTimeFormat(dateLocale(locale), {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
    timeZoneName: 'short',
  }).format(at);
}

/** Day and time without year and seconds: `3 Nov, 14:03`. */
export function formatMoment(at: number, locale: Locale): string {
  return new Intl.DateTimeFormat(dateLocale(locale), {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
}

/** Date only: `3 Nov 2026` / `2026年11月3日`. */
export function formatDate(at: number, locale: Locale): string {
  return new Intl.DateTimeFormat(dateLocale(locale), {
    year: 'numeric',
    month: locale === 'en' ? 'short' : 'long',
    day: 'numeric',
  }).format(at);
}

/** Time of day to the second, `14:03:22`. */
export function formatClock(at: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at);
}
