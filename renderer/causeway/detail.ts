import type { Locale } from '../../common/domain/settings.ts';
import type { Snapshot } from '../../common/domain/snapshot.ts';
import type { Translate } from '../../common/i18n/translate.ts';
import { formatAbsolute, formatCount, formatDate, formatDuration } from '../app/format.ts';
import type { ScreenName } from '../app/screen-names.ts';
import { targetCondition } from '../app/target-condition.ts';
import type { StationId } from './view.ts';

/** One fact of a station. `copy` marks what an operator types elsewhere. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly copy?: boolean;
}

export interface StationDetail {
  readonly facts: readonly Fact[];
  /** Where more is to be seen or changed. */
  readonly screen: ScreenName;
}

interface Words {
  readonly t: Translate;
  readonly locale: Locale;
}

/** What stands behind a station when it is opened. */
export function stationDetail(station: StationId, snapshot: Snapshot, words: Words): StationDetail {
  switch (station) {
    case 'wecom':
      return { facts: wecomFacts(snapshot, words), screen: 'bots' };
    case 'relay':
      return { facts: relayFacts(snapshot, words), screen: 'tunnel' };
    case 'tunnel':
      return { facts: tunnelFacts(snapshot, words), screen: 'tunnel' };
    case 'gateway':
      return { facts: gatewayFacts(snapshot, words), screen: 'messages' };
    case 'services':
      return { facts: serviceFacts(snapshot, words), screen: 'routes' };
    default:
      return station satisfies never;
  }
}

function wecomFacts({ tunnel, gateway }: Snapshot, { t, locale }: Words): Fact[] {
  return [
    ...tunnel.publicUrls.map((url) => ({
      label: t('overview.fact.publicUrl'),
      value: url,
      copy: true,
    })),
    ...fixedIp(tunnel.relay?.fixedIp, t),
    { label: t('overview.fact.received'), value: formatCount(gateway.received, locale) },
    { label: t('overview.fact.rejected'), value: formatCount(gateway.rejected, locale) },
  ];
}

function relayFacts({ tunnel, certificates }: Snapshot, { t, locale }: Words): Fact[] {
  const certificate = certificates.find((each) => each.role === 'public');
  return [
    ...(tunnel.relay === null
      ? []
      : [{ label: t('overview.fact.endpoint'), value: tunnel.relay.endpoint, copy: true }]),
    ...optional(t('overview.fact.relayName'), tunnel.relay?.name),
    ...fixedIp(tunnel.relay?.fixedIp, t),
    ...(certificate === undefined
      ? []
      : [
          {
            label: t('overview.fact.publicCertificate'),
            value: formatDate(certificate.notAfter, locale),
          },
        ]),
  ];
}

function tunnelFacts({ tunnel }: Snapshot, { t, locale }: Words): Fact[] {
  const { state, device } = tunnel;
  const online: Fact[] =
    state.phase !== 'online'
      ? []
      : [
          { label: t('overview.fact.since'), value: formatAbsolute(state.since, locale) },
          {
            label: t('overview.fact.links'),
            value: t('overview.figure.of', {
              part: state.sessions.live,
              whole: state.sessions.wanted,
            }),
          },
          ...(state.rttMs === null
            ? []
            : [{ label: t('overview.fact.rtt'), value: formatDuration(state.rttMs, locale) }]),
          ...(state.clockSkewMs === null
            ? []
            : [
                {
                  label: t('overview.fact.skew'),
                  value: formatDuration(Math.abs(state.clockSkewMs), locale),
                },
              ]),
        ];
  const identity: Fact[] =
    device === null
      ? []
      : [
          { label: t('overview.fact.tunnelName'), value: device.tunnel, copy: true },
          { label: t('overview.fact.device'), value: device.id, copy: true },
        ];
  return [...online, ...identity];
}

function gatewayFacts({ gateway }: Snapshot, { t, locale }: Words): Fact[] {
  return [
    ...(gateway.address === null
      ? []
      : [{ label: t('overview.fact.management'), value: gateway.address, copy: true }]),
    { label: t('overview.fact.stored'), value: formatCount(gateway.stored, locale) },
    { label: t('overview.fact.inFlight'), value: formatCount(gateway.inFlight, locale) },
    ...(gateway.answerP99Ms === null
      ? []
      : [{ label: t('overview.fact.p99'), value: formatDuration(gateway.answerP99Ms, locale) }]),
  ];
}

function serviceFacts({ targets }: Snapshot, { t }: Words): Fact[] {
  return targets.map((target) => ({
    label: target.id,
    value: t('overview.fact.target', {
      url: target.url === '' ? 'WebSocket' : target.url,
      state: t(`common.target.${targetCondition(target)}`),
    }),
  }));
}

function fixedIp(ip: string | null | undefined, t: Translate): Fact[] {
  return optional(t('overview.fact.fixedIp'), ip).map((fact) => ({ ...fact, copy: true }));
}

function optional(label: string, value: string | null | undefined): Fact[] {
  return value === null || value === undefined ? [] : [{ label, value }];
}
