import { hostOf } from './domain-name.ts';

/** Which tunnel a public host belongs to. */
export interface HostTable {
  /** Replaces the whole table. */
  readonly load: (
    tunnels: Iterable<{ readonly name: string; readonly domains: readonly string[] }>,
  ) => void;
  /** Name of the tunnel of an authority: the exact domain, else the longest `*.` that covers it; null for neither. */
  readonly find: (authority: string) => string | null;
}

export function createHostTable(): HostTable {
  let exact = new Map<string, string>();
  let wildcards = new Map<string, string>();
  return {
    load: (tunnels) => {
      exact = new Map();
      wildcards = new Map();
      for (const { name, domains } of tunnels) {
        for (const domain of domains) {
          if (domain.startsWith('*.')) wildcards.set(domain.slice(2), name);
          else exact.set(domain, name);
        }
      }
    },
    find: (authority) => {
      const host = hostOf(authority);
      const direct = exact.get(host);
      if (direct !== undefined) return direct;
      for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
        const covered = wildcards.get(host.slice(dot + 1));
        if (covered !== undefined) return covered;
      }
      return null;
    },
  };
}
