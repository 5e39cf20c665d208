import type { MessageDetail } from '../../common/domain/history.ts';
import type { Locale } from '../../common/domain/settings.ts';
import type { Tone } from '../../common/domain/tunnel.ts';
import type { Translate } from '../../common/i18n/translate.ts';
import { formatDuration } from '../app/format.ts';
import { causeWords } from './cause.ts';

export interface TimelineSpan {
  readonly id: 'tunnel' | 'gateway' | 'service';
  readonly name: string;
  /** Time with its unit, or a dash where the message did not pass. */
  readonly figure: string;
  readonly line: 'solid' | 'dashed' | 'broken';
  readonly tone: Tone;
  readonly cause: string | null;
  /** Part of the whole width, 0 to 1; the three add up to 1. */
  readonly share: number;
}

export interface TimelineView {
  readonly spans: readonly TimelineSpan[];
}

type Passed = Pick<MessageDetail, 'row' | 'spans'>;

/** No span is drawn narrower than this part, so that its words fit. */
const LEAST_SHARE = 0.22;

/** The way of one message as spans with their milliseconds. */
export function timelineView(
  { row, spans }: Passed,
  { t, locale }: { t: Translate; locale: Locale },
): TimelineView {
  const inbound = row.direction === 'in';
  const serviceBroken = ['failed', 'late', 'refused', 'unknown'].includes(row.outcome);
  const span = (
    id: TimelineSpan['id'],
    name: string,
    ms: number | null,
  ): Omit<TimelineSpan, 'share'> => {
    const broken = id === 'service' && serviceBroken;
    const pending = id === 'service' && row.outcome === 'pending';
    return {
      id,
      name,
      figure: ms === null ? '–' : formatDuration(ms, locale),
      line: broken ? 'broken' : ms === null ? 'dashed' : 'solid',
      tone: broken ? 'bad' : pending ? 'busy' : ms === null ? 'idle' : 'ok',
      cause: broken && row.error !== null ? causeWords(row.error.code, t) : null,
    };
  };
  const tunnel = span('tunnel', t('overview.timeline.tunnel'), spans.tunnelMs);
  const gateway = span('gateway', t('common.station.gateway'), spans.gatewayMs);
  const service = span(
    'service',
    t(inbound ? 'overview.timeline.service' : 'overview.timeline.wecom'),
    spans.serviceMs,
  );
  const order = inbound ? [tunnel, gateway, service] : [gateway, tunnel, service];
  const times = { tunnel: spans.tunnelMs, gateway: spans.gatewayMs, service: spans.serviceMs };
  const shares = share(order.map(({ id }) => times[id] ?? 0));
  return {
    spans: order.map((each, index) => ({ ...each, share: shares[index] ?? 0 })),
  };
}

/** Parts of a whole in proportion to `times`, each at least {@link LEAST_SHARE}. */
export function share(times: readonly number[]): readonly number[] {
  const sum = times.reduce((all, time) => all + time, 0);
  const free = 1 - LEAST_SHARE * times.length;
  if (sum <= 0) return times.map(() => 1 / times.length);
  return times.map((time) => LEAST_SHARE + free * (time / sum));
}
