import type { Snapshot } from '../../../common/domain/snapshot.ts';

/** The series that the core adds to the gateway's `/metrics` (OpenMetrics text). */
export function coreMetrics({
  tunnel,
  certificates,
}: Pick<Snapshot, 'tunnel' | 'certificates'>): string {
  const { state } = tunnel;
  const online = state.phase === 'online';
  const lines = [
    ...gauge('causeway_tunnel_up', 'Whether the tunnel carries requests.', online ? 1 : 0),
    ...gauge('causeway_tunnel_sessions', 'Live data sessions.', online ? state.sessions.live : 0),
  ];
  if (online && state.rttMs !== null) {
    const help = 'Round-trip time of the last heartbeat.';
    lines.push(...gauge('causeway_tunnel_rtt_seconds', help, state.rttMs / 1000));
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

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}
