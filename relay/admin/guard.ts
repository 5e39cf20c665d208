import { X509Certificate } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';

export interface GuardOptions {
  readonly secure: boolean;
  readonly port: number;
  /** Names and addresses under which the console may be opened, besides this machine's own. */
  readonly names: readonly string[];
}

export type Refusal = 'host' | 'origin' | 'site';

/** Judges where a browser's request comes from; null lets it pass. `changes` marks what alters something, upgrades included. */
export type Guard = (request: IncomingMessage, changes: boolean) => Refusal | null;

/**
 * Any other Host is DNS rebinding. Browsers send cookies across ports of one host, so `same-site` is as foreign as
 * `cross-site`; an Origin, where there is one, has to be the Host's, and what changes something needs one.
 */
export function createGuard({ secure, port, names }: GuardOptions): Guard {
  const hosts = new Set(
    ['127.0.0.1', '::1', 'localhost', ...names].flatMap((name) => hostFields(name, port, secure)),
  );
  const scheme = secure ? 'https' : 'http';
  return (request, changes) => {
    const host = request.headers.host?.toLowerCase();
    if (host === undefined || !hosts.has(host)) return 'host';
    const { origin } = request.headers;
    if (origin === undefined ? changes : origin.toLowerCase() !== `${scheme}://${host}`) {
      return 'origin';
    }
    const site = request.headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none' ? null : 'site';
  };
}

function hostFields(name: string, port: number, secure: boolean): string[] {
  const host = isIPv6(name) ? `[${name.toLowerCase()}]` : name.toLowerCase();
  return port === (secure ? 443 : 80) ? [host, `${host}:${port}`] : [`${host}:${port}`];
}

/** Names and addresses that a certificate (PEM, leaf first) is for; a wildcard names no host. */
export function certificateHosts(pem: string): string[] {
  const names = new X509Certificate(pem).subjectAltName ?? '';
  return names
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):(\S+)$/.exec(entry)?.[1] ?? [])
    .filter((name) => !name.startsWith('*'));
}

/** Whether an address to listen on is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
