import { certificateTone, daysLeft } from '../../common/domain/certificate.ts';
import type { Locale } from '../../common/domain/settings.ts';
import type { Snapshot } from '../../common/domain/snapshot.ts';
import { tunnelTone, type Tone, type TunnelState } from '../../common/domain/tunnel.ts';
import type { Translate } from '../../common/i18n/translate.ts';
import { formatCountdown, formatDuration } from '../app/format.ts';
import { isFailing, targetCondition } from '../app/target-condition.ts';
import { causeWords } from './cause.ts';

/** The five places that a message passes, in the order from WeCom inwards. */
export const stationIds = ['wecom', 'relay', 'tunnel', 'gateway', 'services'] as const;
export type StationId = (typeof stationIds)[number];

export interface StationView {
  readonly id: StationId;
  readonly name: string;
  readonly tone: Tone;
  /** The one figure with its unit, or a dash. */
  readonly figure: string;
  /** What the figure is of. */
  readonly note: string;
}

export interface SpanView {
  /** The station on its left. */
  readonly from: StationId;
  /** `solid` carries · `dashed` idle or connecting · `broken` nothing passes. */
  readonly line: 'solid' | 'dashed' | 'broken';
  readonly tone: Tone;
  /** A few words under the span: why it is broken, or what is not as it should be. */
  readonly cause: string | null;
}

/** Everything that the picture shows, as data. */
export interface CausewayView {
  readonly stations: readonly StationView[];
  readonly spans: readonly SpanView[];
}

interface Words {
  readonly t: Translate;
  readonly locale: Locale;
}

/** Answer times above this leave WeCom little of its five seconds (D90238), milliseconds. */
const SLOW_ANSWER_MS = 3000;
const NONE = '–';

/** The picture of a snapshot at `now`. Pure: the same input draws the same picture. */
export function causewayView(snapshot: Snapshot, now: number, words: Words): CausewayView {
  const online = snapshot.tunnel.state.phase === 'online';
  return {
    stations: [
      wecomStation(snapshot, online, words),
      relayStation(snapshot, now, words),
      tunnelStation(snapshot.tunnel.state, now, words),
      gatewayStation(snapshot, words),
      servicesStation(snapshot, words),
    ],
    spans: [
      publicSpan(snapshot, now, online, words.t),
      tunnelSpan(snapshot.tunnel.state, words.t),
      gatewaySpan(snapshot, online, words.t),
      servicesSpan(snapshot, online, words.t),
    ],
  };
}

function wecomStation({ gateway }: Snapshot, online: boolean, { t }: Words): StationView {
  const seen = gateway.received > 0;
  return {
    id: 'wecom',
    name: t('common.station.wecom'),
    tone: online && seen ? 'ok' : 'idle',
    figure:
      online && seen
        ? t('overview.figure.perMinute', { rate: round(gateway.callbacksPerMinute) })
        : NONE,
    note: seen ? t('overview.note.callbacks') : t('overview.note.nothingYet'),
  };
}

function relayStation(snapshot: Snapshot, now: number, { t }: Words): StationView {
  const { state } = snapshot.tunnel;
  const certificate = publicCertificate(snapshot);
  const reached = state.phase === 'online' || state.phase === 'refused';
  const base = { id: 'relay', name: t('common.station.relay') } as const;
  if (certificate === undefined) {
    return {
      ...base,
      tone: reached ? 'ok' : 'idle',
      figure: NONE,
      note: snapshot.tunnel.relay?.name ?? t('overview.note.noRelay'),
    };
  }
  const days = daysLeft(certificate, now);
  const tone = certificateTone(certificate, now);
  return {
    ...base,
    tone: tone !== 'ok' ? tone : reached ? 'ok' : 'idle',
    figure: days < 0 ? t('overview.figure.expired') : t('overview.figure.days', { count: days }),
    note: t('overview.note.publicCertificate'),
  };
}

function tunnelStation(state: TunnelState, now: number, { t, locale }: Words): StationView {
  const base = { id: 'tunnel', name: t('common.station.tunnel'), tone: tunnelTone(state) } as const;
  switch (state.phase) {
    case 'unenrolled':
      return { ...base, figure: NONE, note: t('overview.note.notSetUp') };
    case 'stopped':
      return { ...base, figure: NONE, note: t('overview.note.off') };
    case 'connecting':
      return {
        ...base,
        figure: NONE,
        note: t('overview.note.attempt', { attempt: state.attempt }),
      };
    case 'online':
      return {
        ...base,
        figure: state.rttMs === null ? NONE : formatDuration(Math.round(state.rttMs), locale),
        note: t('overview.note.links', { ...state.sessions }),
      };
    case 'waiting':
    case 'refused':
      return {
        ...base,
        figure: formatCountdown(state.retryAt - now, locale),
        note: t('overview.note.nextTry'),
      };
    default:
      return state satisfies never;
  }
}

function gatewayStation({ gateway }: Snapshot, { t, locale }: Words): StationView {
  const base = { id: 'gateway', name: t('common.station.gateway') } as const;
  if (gateway.store.state === 'failing') {
    return { ...base, tone: 'bad', figure: NONE, note: t('overview.note.storeFailing') };
  }
  const p99 = gateway.answerP99Ms;
  return {
    ...base,
    tone: p99 !== null && p99 > SLOW_ANSWER_MS ? 'warn' : 'ok',
    figure: p99 === null ? NONE : formatDuration(p99, locale),
    note: t(p99 === null ? 'overview.note.ready' : 'overview.note.p99'),
  };
}

function servicesStation(snapshot: Snapshot, { t }: Words): StationView {
  const base = { id: 'services', name: t('common.station.services') } as const;
  const { total, failing, untried } = targetCounts(snapshot);
  if (total === 0)
    return { ...base, tone: 'idle', figure: NONE, note: t('overview.note.noService') };
  if (untried === total) {
    return {
      ...base,
      tone: 'idle',
      figure: t('overview.figure.count', { count: total }),
      note: t('overview.note.untried'),
    };
  }
  return {
    ...base,
    tone: failing === 0 ? 'ok' : failing === total ? 'bad' : 'warn',
    figure: t('overview.figure.of', { part: total - failing, whole: total }),
    note: t('overview.note.healthy'),
  };
}

function publicSpan(snapshot: Snapshot, now: number, online: boolean, t: Translate): SpanView {
  const certificate = publicCertificate(snapshot);
  if (certificate !== undefined && now >= certificate.notAfter) {
    return { from: 'wecom', line: 'broken', tone: 'bad', cause: t('overview.cause.publicExpired') };
  }
  const carrying = online && snapshot.gateway.received > 0;
  return {
    from: 'wecom',
    line: carrying ? 'solid' : 'dashed',
    tone: carrying ? 'ok' : 'idle',
    cause: null,
  };
}

function tunnelSpan(state: TunnelState, t: Translate): SpanView {
  const tone = tunnelTone(state);
  const base = { from: 'relay', tone } as const;
  switch (state.phase) {
    case 'unenrolled':
    case 'stopped':
      return { ...base, line: 'dashed', cause: null };
    case 'connecting':
      return { ...base, line: 'dashed', cause: t('overview.cause.connecting') };
    case 'online': {
      const { live, wanted } = state.sessions;
      if (live < wanted)
        return { ...base, line: 'solid', cause: t('overview.cause.oneLink', { live, wanted }) };
      return { ...base, line: 'solid', cause: tone === 'warn' ? t('overview.cause.clock') : null };
    }
    case 'waiting':
    case 'refused':
      return { ...base, line: 'broken', cause: causeWords(state.error.code, t) };
    default:
      return state satisfies never;
  }
}

function gatewaySpan({ gateway }: Snapshot, online: boolean, t: Translate): SpanView {
  if (gateway.store.state === 'failing') {
    return { from: 'tunnel', line: 'broken', tone: 'bad', cause: t('overview.cause.store') };
  }
  return {
    from: 'tunnel',
    line: online ? 'solid' : 'dashed',
    tone: online ? 'ok' : 'idle',
    cause: null,
  };
}

function servicesSpan(snapshot: Snapshot, online: boolean, t: Translate): SpanView {
  const { total, failing, untried } = targetCounts(snapshot);
  const from = 'gateway';
  if (failing > 0) {
    const first = snapshot.targets.find(isFailing)?.id ?? '';
    const cause =
      failing === 1
        ? t('overview.cause.target', { target: first })
        : t('overview.cause.targets', { count: failing });
    return {
      from,
      line: failing === total ? 'broken' : 'solid',
      tone: failing === total ? 'bad' : 'warn',
      cause,
    };
  }
  const carrying = online && total > 0 && untried < total;
  return { from, line: carrying ? 'solid' : 'dashed', tone: carrying ? 'ok' : 'idle', cause: null };
}

/** How many targets there are, how many fail, and how many were never tried. */
export function targetCounts({ targets }: Snapshot): {
  total: number;
  failing: number;
  untried: number;
} {
  return {
    total: targets.length,
    failing: targets.filter(isFailing).length,
    untried: targets.filter((target) => targetCondition(target) === 'untried').length,
  };
}

function publicCertificate({
  certificates,
}: Snapshot): Snapshot['certificates'][number] | undefined {
  return certificates.find((certificate) => certificate.role === 'public');
}

function round(rate: number): number {
  return rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate);
}
