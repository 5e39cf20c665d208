import type { Snapshot } from '../../../common/domain/snapshot.ts';
import type { LinkStats, TunnelStats } from '../tunnel/index.ts';

/** The series that the core adds to the gateway's `/metrics` (Prometheus text format 0.0.4). */
export function coreMetrics(
  { tunnel, certificates }: Pick<Snapshot, 'tunnel' | 'certificates'>,
  stats: TunnelStats,
  links: readonly LinkStats[] = [],
): string {
  const { state } = tunnel;
  const sessions = state.phase === 'online' ? state.sessions.live : 0;
  const lines = [
    ...series('tunnel_up', 'gauge', 'Whether the tunnel carries requests.', stats.up ? 1 : 0),
    ...series('tunnel_sessions', 'gauge', 'Live data sessions.', sessions),
    ...series(
      'tunnel_reconnects_total',
      'counter',
      'Registrations after the first.',
      stats.reconnects,
    ),
    ...series('tunnel_requests_total', 'counter', 'Requests that came through.', stats.requests),
  ];
  if (stats.rttMs !== null) {
    const help = 'Round-trip time of the last heartbeat.';
    lines.push(...series('tunnel_rtt_seconds', 'gauge', help, stats.rttMs / 1000));
  }
  lines.push(...linkSeries(links));
  if (certificates.length > 0) {
    const name = 'causeway_certificate_expiry_timestamp_seconds';
    lines.push(`# HELP ${name} When a certificate expires.`, `# TYPE ${name} gauge`);
    for (const { role, notAfter } of certificates) {
      lines.push(`${name}{role="${role}"} ${notAfter / 1000}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Of each relay by itself. */
function linkSeries(links: readonly LinkStats[]): string[] {
  if (links.length === 0) return [];
  const family = (
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    values: (link: LinkStats) => readonly (readonly [labels: string, value: number])[],
  ): string[] => {
    const full = `causeway_tunnel_link_${name}`;
    return [
      `# HELP ${full} ${help}`,
      `# TYPE ${full} ${type}`,
      ...links.flatMap((link) =>
        values(link).map(
          ([labels, value]) => `${full}{relay="${link.endpoint}"${labels}} ${value}`,
        ),
      ),
    ];
  };
  return [
    ...family('up', 'gauge', 'Whether this relay reaches the device.', ({ up }) => [
      ['', up ? 1 : 0],
    ]),
    ...family('sessions', 'gauge', 'Live data sessions.', ({ sessions }) => [['', sessions]]),
    ...family('reconnects_total', 'counter', 'Registrations after the first.', (link) => [
      ['', link.reconnects],
    ]),
    ...family('losses_total', 'counter', 'Links lost or refused, by reason.', ({ losses }) =>
      [...losses].map(([code, count]) => [`,reason="${code}"`, count]),
    ),
    ...family('rtt_seconds', 'gauge', 'Round-trip time of the last heartbeat.', ({ rttMs }) =>
      rttMs === null ? [] : [['', rttMs / 1000]],
    ),
    ...family('requests_total', 'counter', 'Requests that came through.', ({ requests }) => [
      ['', requests],
    ]),
    ...family('requests_in_flight', 'gauge', 'Requests that are not finished.', (link) => [
      ['', link.inFlight],
    ]),
    ...family('bytes_total', 'counter', 'Bytes of data sessions, inside TLS.', ({ bytes }) => [
      [',direction="in"', bytes.received],
      [',direction="out"', bytes.sent],
    ]),
    ...family('probe_failures_total', 'counter', 'Health checks that failed.', (link) => [
      ['', link.probeFailures],
    ]),
  ];
}

function series(name: string, type: 'gauge' | 'counter', help: string, value: number): string[] {
  const full = `causeway_${name}`;
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, `${full} ${value}`];
}
