import { fromErrorInfo, type AppError } from '../../../common/errors/app-error.ts';
import { daysLeft } from '../../../common/domain/certificate.ts';
import type { Snapshot } from '../../../common/domain/snapshot.ts';
import type { TunnelPhase, TunnelState } from '../../../common/domain/tunnel.ts';
import type { Words } from '../words.ts';

/** The guide's words for a tunnel that works; the others in its manner. */
const connectionState: Readonly<Record<TunnelPhase, string>> = {
  online: 'Authorized',
  connecting: 'Connecting',
  waiting: 'Disconnected',
  stopped: 'Stopped',
  refused: 'Refused',
  unenrolled: 'Unauthorized',
};

/** One line about the tunnel, and the error behind it where there is one. */
export function describeTunnel({ state, publicUrls }: Snapshot['tunnel'], words: Words): string {
  const line = words.t(`cli.tunnel.phase.${state.phase}`, {
    addresses: publicUrls.join(', '),
    time: 'retryAt' in state ? new Date(state.retryAt).toTimeString().slice(0, 8) : '',
  });
  const error = errorOf(state);
  return error === null ? line : `${line}\n${words.error(error)}`;
}

/**
 * `tunnel status --verbose`. The first three lines are the guide's (§3.2), in its own words whatever the language, so that
 * scripts can read them.
 */
export function describeStatus(snapshot: Snapshot, words: Words, now: number): string {
  const { tunnel, certificates, gateway } = snapshot;
  const device = certificates.find(({ role }) => role === 'device');
  const lines = [
    `Connection State: ${connectionState[tunnel.state.phase]}`,
    `Domain Binding: ${tunnel.publicUrls.map((url) => new URL(url).hostname).join(', ') || '-'}`,
    `Expiration Time: ${device === undefined ? '-' : isoSeconds(device.notAfter)}`,
  ];
  if (tunnel.device !== null) lines.push(words.t('cli.status.device', tunnel.device));
  if (tunnel.relay !== null) {
    const { name, endpoint, fixedIp } = tunnel.relay;
    lines.push(words.t('cli.status.relay', { name: name ?? '–', endpoint, ip: fixedIp ?? '–' }));
  }
  if (tunnel.state.phase === 'online') {
    const { sessions, rttMs } = tunnel.state;
    const rtt = rttMs === null ? '–' : `${Math.round(rttMs)} ms`;
    lines.push(words.t('cli.status.sessions', { ...sessions, rtt }));
  }
  if (device !== undefined) {
    const days = String(daysLeft(device, now));
    lines.push(words.t('cli.status.certificate', { subject: device.subject, days }));
  }
  lines.push(
    words.t('cli.status.gateway', {
      address: gateway.address ?? '–',
      received: gateway.received,
      stored: gateway.stored,
    }),
  );
  const error = errorOf(tunnel.state);
  return [...lines, ...(error === null ? [] : [words.error(error)])].join('\n');
}

function errorOf(state: TunnelState): AppError | null {
  return 'error' in state ? fromErrorInfo(state.error) : null;
}

/** `2024-12-31T23:59:59Z` (RFC 3339), as the guide prints it. */
function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
