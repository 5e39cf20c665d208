import {
  certificateTone,
  daysLeft,
  type CertificateInfo,
} from '../../../common/domain/certificate.ts';
import type { LiveView, SessionView, TunnelConfig } from '../../../common/domain/relay/views.ts';
import type { Locale } from '../../../common/domain/settings.ts';
import type { Translate } from '../../../common/i18n/translate.ts';
import { formatDuration } from '../../app/format.ts';
import type { CausewayView } from '../../causeway/index.ts';
import { tunnelHealth, tunnelTones } from '../health.ts';

export interface TunnelSight {
  readonly tunnel: TunnelConfig;
  readonly live: LiveView;
  readonly certificates: readonly CertificateInfo[];
}

const NONE = '–';

/** The causeway of one tunnel as the relay sees it, from WeCom to the gateway; what is behind that only the gateway knows. */
export function tunnelCauseway(
  { tunnel, live, certificates }: TunnelSight,
  now: number,
  { t, locale }: { readonly t: Translate; readonly locale: Locale },
): CausewayView {
  const sessions = live.sessions.filter((session) => session.tunnel === tunnel.name);
  const health = tunnelHealth(tunnel, live.sessions);
  const rates = live.tunnels[tunnel.name];
  const perMinute = rates?.perMinute ?? 0;
  const seen = rates !== undefined && rates.lastAt !== null;
  const failed = rates?.failedPerMinute ?? 0;
  const certificate = publicCertificate(tunnel, certificates);
  const expired = certificate !== undefined && now >= certificate.notAfter;
  const devices = tunnel.devices.filter(({ revokedAt }) => revokedAt === null).length;
  const online = new Set(sessions.map(({ deviceId }) => deviceId)).size;
  const rtt = roundTrip(sessions);
  return {
    stations: [
      {
        id: 'wecom',
        name: t('common.station.wecom'),
        tone: perMinute > 0 ? 'ok' : 'idle',
        figure: seen ? t('relay.figure.perMinute', { rate: perMinute }) : NONE,
        note: t(seen ? 'relay.note.requests' : 'relay.note.nothingYet'),
      },
      {
        id: 'relay',
        name: t('common.station.relay'),
        tone: certificate === undefined ? 'ok' : certificateTone(certificate, now),
        figure:
          certificate === undefined
            ? NONE
            : expired
              ? t('overview.figure.expired')
              : t('overview.figure.days', { count: daysLeft(certificate, now) }),
        note: t('overview.note.publicCertificate'),
      },
      {
        id: 'tunnel',
        name: t('common.station.tunnel'),
        tone: tunnelTones[health],
        figure: health === 'online' && rtt !== null ? formatDuration(rtt, locale) : NONE,
        note:
          health === 'online'
            ? t('relay.note.sessions', { count: sessions.length })
            : t(`relay.tunnel.${health}`),
      },
      {
        id: 'gateway',
        name: t('common.station.gateway'),
        tone: health !== 'online' ? 'idle' : online < devices ? 'warn' : 'ok',
        figure: devices === 0 ? NONE : t('overview.figure.of', { part: online, whole: devices }),
        note: t(devices === 0 ? 'relay.note.noDevice' : 'relay.note.devicesOnline'),
      },
    ],
    spans: [
      {
        from: 'wecom',
        line: expired ? 'broken' : perMinute > 0 ? 'solid' : 'dashed',
        tone: expired ? 'bad' : perMinute > 0 ? 'ok' : 'idle',
        cause: expired ? t('overview.cause.publicExpired') : null,
      },
      {
        from: 'relay',
        line: health === 'online' ? 'solid' : health === 'offline' ? 'broken' : 'dashed',
        tone: failed > 0 && health === 'online' ? 'warn' : tunnelTones[health],
        cause:
          health === 'offline'
            ? t('relay.cause.offline')
            : failed > 0 && health === 'online'
              ? t('relay.cause.failed', { count: failed })
              : null,
      },
      {
        from: 'tunnel',
        line: health === 'online' ? 'solid' : 'dashed',
        tone: health === 'online' ? 'ok' : 'idle',
        cause: null,
      },
    ],
  };
}

/** The quickest of the sessions, milliseconds; null before one was measured. */
function roundTrip(sessions: readonly SessionView[]): number | null {
  const known = sessions.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs]));
  return known.length === 0 ? null : Math.min(...known);
}

/** The certificate that names one of the tunnel's domains, else the relay's own. */
function publicCertificate(
  { domains }: TunnelConfig,
  certificates: readonly CertificateInfo[],
): CertificateInfo | undefined {
  const all = certificates.filter(({ role }) => role === 'public');
  return all.find(({ names }) => domains.some((name) => names.includes(`DNS:${name}`))) ?? all[0];
}
