import { AppError } from '../common/errors/app-error.ts';
import type {
  RecoveryMode,
  TunnelAccess,
  TunnelHold,
  TunnelLimits,
  TunnelRules,
} from '../common/domain/relay/tunnel-rules.ts';
import type { Json } from '../common/text/canonical-json.ts';
import { normaliseDomain } from './registry/domain-name.ts';
import { createHostTable } from './registry/host-table.ts';
import { adminKey, type Actor } from './store/audit.ts';
import type { Store } from './store/index.ts';
import type { StoredGate } from './store/tunnel-rules.ts';
import type { StoredTunnel } from './store/tunnels.ts';

/** What holds for one tunnel, as the gates ask for it: in memory, for they run for each request. */
export interface LiveRules extends TunnelRules {
  readonly gates: readonly StoredGate[];
  /** White-lists of an authority: those of the domain that it was found by, or the tunnel's. */
  readonly accessOf: (authority: string) => TunnelAccess;
}

/** White-lists, limits, hold-and-deliver and signature gates per tunnel. Every change throws NOT_FOUND without the tunnel. */
export interface RuleBook {
  /** The rules in force; null for an unknown tunnel. */
  readonly of: (tunnel: string) => LiveRules | null;
  readonly setAccess: (tunnel: string, access: TunnelAccess, by?: Actor) => void;
  /** White-lists of one domain; null takes the tunnel's. Throws NOT_FOUND when the tunnel has no such domain. */
  readonly setDomainAccess: (
    tunnel: string,
    domain: string,
    access: TunnelAccess | null,
    by?: Actor,
  ) => void;
  readonly setLimits: (tunnel: string, limits: TunnelLimits, by?: Actor) => void;
  readonly setHold: (tunnel: string, hold: TunnelHold, by?: Actor) => void;
  /** How expired certificates of its devices are renewed; null takes the relay's own. */
  readonly setRecovery: (tunnel: string, mode: RecoveryMode | null, by?: Actor) => void;
  /**
   * A token that replaces another is accepted together with that one for {@link TOKEN_OVERLAP_MS}, so that WeCom's side and
   * ours need not change in one moment; setting the same token again ends that at once.
   */
  readonly setGate: (
    tunnel: string,
    gate: { readonly path: string; readonly token: string },
    by?: Actor,
  ) => void;
  /** Throws NOT_FOUND when there is no gate on the path. */
  readonly removeGate: (tunnel: string, path: string, by?: Actor) => void;
  /** Forgets what it has in memory of a tunnel that was removed, or whose domains have changed. */
  readonly forget: (tunnel: string) => void;
}

const MAX_GATES = 100;
/** How long a replaced token of a signature gate is still accepted. */
export const TOKEN_OVERLAP_MS = 24 * 3_600_000;

export function createRuleBook(store: Store, now: () => number): RuleBook {
  const live = new Map<string, LiveRules>();

  const known = (name: string): StoredTunnel => {
    const tunnel = store.tunnels.byName(name);
    if (tunnel === null) throw new AppError('NOT_FOUND', { tunnel: name.slice(0, 64) });
    return tunnel;
  };
  const read = ({ id, domains }: StoredTunnel): LiveRules => {
    const rules = store.rules.of(id);
    return { ...rules, gates: store.rules.gates(id), accessOf: accessByDomain(rules, domains) };
  };

  const change = (
    name: string,
    action: string,
    by: Actor,
    write: (tunnel: StoredTunnel, before: LiveRules) => Readonly<Record<string, Json>>,
  ): void => {
    const tunnel = known(name);
    store.atomically(() => {
      const detail = write(tunnel, read(tunnel));
      store.audit.add({ time: now(), actor: by, action, subject: name, detail });
    });
    live.delete(name);
  };

  return {
    of: (name) => {
      const held = live.get(name);
      if (held !== undefined) return held;
      const tunnel = store.tunnels.byName(name);
      if (tunnel === null) return null;
      const rules = read(tunnel);
      live.set(name, rules);
      return rules;
    },
    setAccess: (name, access, by = adminKey) =>
      change(name, 'access.set', by, ({ id }, before) => {
        store.rules.setAccess(id, access);
        return { before: before.access, after: access };
      }),
    setDomainAccess: (name, text, access, by = adminKey) =>
      change(name, 'access.set', by, ({ id }, before) => {
        const domain = normaliseDomain(text);
        if (!store.rules.setDomainAccess(id, domain, access)) {
          throw new AppError('NOT_FOUND', { domain });
        }
        return { domain, before: before.domains[domain] ?? null, after: access };
      }),
    setLimits: (name, limits, by = adminKey) =>
      change(name, 'limits.set', by, ({ id }, before) => {
        store.rules.setLimits(id, limits);
        return { before: before.limits, after: limits };
      }),
    setHold: (name, hold, by = adminKey) =>
      change(name, 'hold.set', by, ({ id }, before) => {
        store.rules.setHold(id, hold);
        return { before: before.hold, after: hold };
      }),
    setRecovery: (name, mode, by = adminKey) =>
      change(name, 'recovery.set', by, ({ id }, before) => {
        store.rules.setRecovery(id, mode);
        return { before: before.recovery, after: mode };
      }),
    setGate: (name, gate, by = adminKey) =>
      change(name, 'gate.set', by, ({ id }, before) => {
        const isNew = before.gates.every(({ path }) => path !== gate.path);
        if (isNew && before.gates.length >= MAX_GATES) {
          throw new AppError('BAD_INPUT', { field: 'path', max: MAX_GATES });
        }
        store.rules.setGate(id, { ...gate, previousUntil: now() + TOKEN_OVERLAP_MS });
        return { path: gate.path, replaced: !isNew };
      }),
    removeGate: (name, path, by = adminKey) =>
      change(name, 'gate.remove', by, ({ id }) => {
        if (!store.rules.removeGate(id, path)) throw new AppError('NOT_FOUND', { path });
        return { path };
      }),
    forget: (name) => void live.delete(name),
  };
}

/**
 * White-lists by host. The most specific of the tunnel's domains counts, whether it has lists of its own or not: those of a
 * wildcard are not for a domain that is bound beside it.
 */
function accessByDomain(
  { access, domains: own }: TunnelRules,
  domains: readonly string[],
): LiveRules['accessOf'] {
  if (Object.keys(own).length === 0) return () => access;
  const hosts = createHostTable();
  hosts.load(domains.map((domain) => ({ name: domain, domains: [domain] })));
  return (authority) => {
    const domain = hosts.find(authority);
    return (domain === null ? undefined : own[domain]) ?? access;
  };
}
