import { leavesPrefix } from '../../common/domain/service.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { Group } from '../delivery/routing/group.ts';
import type { ServiceConfig } from '../types.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

/** A published service, ready to be matched. */
export interface Service {
  readonly id: string;
  readonly group: Group;
  readonly stripPath: boolean;
  /** Whether upgrades are passed on. */
  readonly websocket: boolean;
  /** Prefix without a slash at its end; empty for all paths. */
  readonly prefix: string;
  readonly timeoutMs: number;
}

/** A request's service and the path that its target is asked for; `unsafe` where the path tries to leave the prefix. */
export type ServiceMatch = { readonly service: Service; readonly path: string } | 'unsafe' | null;

export type MatchService = (authority: string | undefined, path: string) => ServiceMatch;

/**
 * Prepares the services of a configuration: a named host goes before any host, a longer path before a shorter one. Throws
 * CONFIG_INVALID {key, value}.
 */
export function createServices(configs: readonly ServiceConfig[]): MatchService {
  const services = configs
    .map((config) => ({ host: config.host?.toLowerCase() ?? null, ...prepare(config) }))
    .toSorted(
      (a, b) =>
        Number(a.host === null) - Number(b.host === null) || b.prefix.length - a.prefix.length,
    );
  return (authority, target) => {
    const host = hostOf(authority);
    const query = target.indexOf('?');
    const path = query === -1 ? target : target.slice(0, query);
    const service = services.find(
      (each) => (each.host === null || each.host === host) && isBelow(path, each.prefix),
    );
    if (service === undefined) return null;
    if (leavesPrefix(path)) return 'unsafe';
    if (!service.stripPath) return { service, path: target };
    const rest = target.slice(service.prefix.length);
    return { service, path: rest.startsWith('/') ? rest : `/${rest}` };
  };
}

function prepare(config: ServiceConfig): Service {
  if (!/^\/[\x21-\x7e]*$/.test(config.path) || leavesPrefix(config.path)) {
    throw new AppError('CONFIG_INVALID', { key: 'services.path', value: config.path });
  }
  if (config.targets.length === 0) {
    throw new AppError('CONFIG_INVALID', { key: 'services.targets', value: config.id });
  }
  return {
    id: config.id,
    group: { name: `service:${config.id}`, members: config.targets, balance: config.balance },
    stripPath: config.stripPath,
    websocket: config.websocket ?? true,
    prefix: config.path.replace(/\/+$/, ''),
    timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  };
}

/** Lower case, without the port. */
function hostOf(authority: string | undefined): string {
  return (authority ?? '').toLowerCase().replace(/:\d+$/, '');
}

/** By whole segments: `/shopping` is not below `/shop`. */
function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
}
