import { fromErrorInfo, type AppError } from '../../../common/errors/app-error.ts';
import { configProblem } from '../../../common/domain/config-file.ts';
import { daysLeft } from '../../../common/domain/certificate.ts';
import type { Snapshot } from '../../../common/domain/snapshot.ts';
import type { RelayLinkView, TunnelPhase, TunnelState } from '../../../common/domain/tunnel.ts';
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

/** `tunnel status`: a line about the tunnel, and what of the configuration files is not in force. */
export function describeBriefly(snapshot: Snapshot, words: Words): string {
  return [describeTunnel(snapshot.tunnel, words), ...describeFiles(snapshot, words)].join('\n');
}

/** What of the configuration files is not in force; nothing where all is. */
function describeFiles({ settings }: Snapshot, words: Words): string[] {
  return (settings.files ?? []).flatMap(({ path, readAt, error, restart }) => {
    const lines: string[] = [];
    if (error !== null) {
      const { reason, words: params } = configProblem({ file: path, ...error.params });
      const problem =
        error.code === 'CONFIG_INVALID'
          ? words.t(`config.problem.${reason}`, params)
          : words.error(fromErrorInfo(error));
      const time = isoSeconds(readAt);
      lines.push(words.t('cli.status.configRefused', { file: path, time }), `  ${problem}`);
    }
    if (restart.length > 0) {
      lines.push(words.t('cli.status.configRestart', { file: path, keys: restart.join(', ') }));
    }
    return lines;
  });
}

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
  for (const link of tunnel.links ?? []) lines.push(...describeLink(link, words));
  if (device !== undefined) {
    const days = String(daysLeft(device, now));
    lines.push(words.t('cli.status.certificate', { subject: device.subject, days }));
    if (device.renewAt !== null) {
      lines.push(words.t('cli.status.renewal', { time: isoSeconds(device.renewAt) }));
    }
  }
  if (tunnel.request !== undefined) {
    const { fingerprint, endpoint } = tunnel.request;
    lines.push(words.t('cli.status.request', { fingerprint, endpoint: endpoint ?? '–' }));
  }
  lines.push(
    words.t('cli.status.gateway', {
      address: gateway.address ?? '–',
      received: gateway.received,
      stored: gateway.stored,
    }),
  );
  lines.push(...describeFiles(snapshot, words));
  return lines.join('\n');
}

/** One relay: where it is, how it does, and what went wrong last. */
function describeLink(link: RelayLinkView, words: Words): string[] {
  const { name, endpoint, fixedIp, transport, state } = link;
  const lines = [
    words.t('cli.status.relay', { name: name ?? '–', endpoint, ip: fixedIp ?? '–' }),
    words.t('cli.status.link', {
      transport,
      state: connectionState[state.phase],
      egress: link.egress ? words.t('cli.status.egress') : '',
    }),
  ];
  if (state.phase === 'online') {
    const { sessions, rttMs, clockSkewMs, generation } = state;
    lines.push(
      words.t('cli.status.sessions', { ...sessions, rtt: milliseconds(rttMs) }),
      words.t('cli.status.registration', {
        generation,
        skew: milliseconds(clockSkewMs),
        failures: link.failures ?? '–',
      }),
    );
  }
  if (link.untrustedSince !== null) {
    const time = isoSeconds(link.untrustedSince);
    lines.push(words.t('cli.status.untrusted', { ip: fixedIp ?? '–', time }));
  }
  if (link.pending !== undefined) {
    lines.push(words.t('cli.status.pending'), words.error(fromErrorInfo(link.pending)));
  }
  const error = errorOf(state);
  return [...lines, ...(error === null ? [] : [words.error(error)])].map(indented);
}

function indented(text: string, index: number): string {
  return index === 0 ? text : text.replaceAll(/^/gm, '  ');
}

function milliseconds(value: number | null): string {
  return value === null ? '–' : `${Math.round(value)} ms`;
}

function errorOf(state: TunnelState): AppError | null {
  return 'error' in state ? fromErrorInfo(state.error) : null;
}

/** `2024-12-31T23:59:59Z` (RFC 3339), as the guide prints it. */
function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
