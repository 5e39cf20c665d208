import { BlockList, isIP } from 'node:net';
import type { Endpoint } from '../dial.ts';
import { parseProxyUrl, type ProxySource } from './proxy.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy of the environment, as curl reads it: `HTTPS_PROXY` or `ALL_PROXY`, lower case before upper case, except for
 * what `NO_PROXY` names. A value that is no address of an HTTP proxy counts as unset.
 */
export function environmentProxy(env: Environment): ProxySource {
  const value = firstOf(env, ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']);
  const proxy = value === undefined ? null : parseProxyUrl(value);
  const except = firstOf(env, ['no_proxy', 'NO_PROXY']) ?? '';
  return async (target) => (proxy === null || isExcepted(target, except) ? ['direct'] : [proxy]);
}

function firstOf(env: Environment, names: readonly string[]): string | undefined {
  return names
    .map((name) => env[name]?.trim())
    .find((value) => value !== undefined && value !== '');
}

/**
 * Whether a `NO_PROXY` list names the target: `*` for all, a domain with all below it (with or without a dot in front),
 * an address, a network in CIDR form; each with `:port` or without.
 */
export function isExcepted(target: Endpoint, list: string): boolean {
  const host = target.host.toLowerCase();
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(host, target.port, entry.toLowerCase()));
}

function matches(host: string, port: number, entry: string): boolean {
  const withPort = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry);
  if (withPort?.[1] !== undefined) {
    return Number(withPort[2]) === port && matches(host, port, withPort[1]);
  }
  const name = entry.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
  if (host === name) return true;
  if (isIP(host) === 0) return host.endsWith(`.${name}`);
  return isInside(host, name);
}

function isInside(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const version = isIP(base);
  if (bits === undefined || version === 0 || version !== isIP(address)) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  try {
    const list = new BlockList();
    list.addSubnet(base, Number(bits), family);
    return list.check(address, family);
  } catch {
    return false;
  }
}
