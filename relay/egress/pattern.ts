import { isIP } from 'node:net';
import { AppError } from '../../common/errors/app-error.ts';

/** An entry of the egress allow-list. */
export interface EgressPattern {
  /** Lower case; with `anyLabel` the part behind `*.`. */
  readonly host: string;
  readonly anyLabel: boolean;
  /** Null allows every port. */
  readonly port: number | null;
  /** Whether the operator named a private place himself: an IP address or `localhost`. */
  readonly literal: boolean;
}

/** A destination as a CONNECT names it. */
export interface Destination {
  /** Lower case, without brackets. */
  readonly host: string;
  readonly port: number;
}

const HOST = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** `host:port` with IPv6 in brackets; null when it is malformed. */
export function parseDestination(authority: string): Destination | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(authority);
  if (match === null) return null;
  const port = Number(match[3]);
  if (port < 1 || port > 65535) return null;
  const [, v6, name] = match;
  if (v6 !== undefined) return isIP(v6) === 6 ? { host: v6.toLowerCase(), port } : null;
  const host = (name ?? '').toLowerCase().replace(/\.$/, '');
  return HOST.test(host) ? { host, port } : null;
}

/** Reads `host:port`, `*.host:port`, `host:*` or an address. Throws `BAD_INPUT`. */
export function parsePattern(text: string): EgressPattern {
  const anyPort = text.endsWith(':*');
  const anyLabel = text.startsWith('*.');
  const plain = (anyLabel ? text.slice(2) : text).replace(/:\*$/, ':1');
  const destination = parseDestination(plain);
  if (destination === null) {
    throw new AppError('BAD_INPUT', { field: 'egressAllow', value: text.slice(0, 100) });
  }
  const { host, port } = destination;
  return {
    host,
    anyLabel,
    port: anyPort ? null : port,
    literal: !anyLabel && (isIP(host) !== 0 || host === 'localhost'),
  };
}

/** The first pattern that covers a destination; null when none does. */
export function findPattern(
  patterns: readonly EgressPattern[],
  { host, port }: Destination,
): EgressPattern | null {
  const covers = (pattern: EgressPattern): boolean => {
    if (pattern.port !== null && pattern.port !== port) return false;
    return pattern.anyLabel ? host.endsWith(`.${pattern.host}`) : host === pattern.host;
  };
  return patterns.find(covers) ?? null;
}
