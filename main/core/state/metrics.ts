import type { Snapshot } from '../../../common/domain/snapshot.ts';
import type { TunnelStats } from '../tunnel/index.ts';

/** The series that the core adds to the gateway's `/metrics` (Prometheus text format 0.0.4). */
export function coreMetrics(
  { tunnel, certificates }: Pick<Snapshot, 'tunnel' | 'certificates'>,
  stats: TunnelStats,
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
  if (certificates.length > 0) {
    const name = 'causeway_certificate_expiry_timestamp_seconds';
    lines.push(`# HELP ${name} When a certificate expires.`, `# TYPE ${name} gauge`);
    for (const { role, notAfter } of certificates) {
      lines.push(`${name}{role="${role}"} ${notAfter / 1000}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function series(name: string, type: 'gauge' | 'counter', help: string, value: number): string[] {
  const full = `causeway_${name}`;
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, `${full} ${value}`];
}
