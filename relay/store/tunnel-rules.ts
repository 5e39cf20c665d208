import type { Database } from 'better-sqlite3';
import {
  defaultRules,
  RecoveryMode,
  TunnelAccess,
  TunnelHold,
  TunnelLimits,
  type TunnelRules,
} from '../../common/domain/relay/tunnel-rules.ts';

/** The Token of one bot's callbacks, for the signature gate. */
export interface StoredGate {
  readonly path: string;
  /** A secret: never shown, logged or audited. */
  readonly token: string;
  /** The token before the last change, a secret as well; null when there is none. */
  readonly previousToken: string | null;
  /** Until when the one before is accepted too, milliseconds since the epoch. */
  readonly previousUntil: number;
}

/** What is set per tunnel: white-lists, limits, hold-and-deliver, and the signature gates' tokens. */
export interface RuleStore {
  of(tunnelId: number): TunnelRules;
  setAccess(tunnelId: number, access: TunnelAccess): void;
  setLimits(tunnelId: number, limits: TunnelLimits): void;
  setHold(tunnelId: number, hold: TunnelHold): void;
  /** Null takes the relay's own. */
  setRecovery(tunnelId: number, mode: RecoveryMode | null): void;
  /** White-lists of one domain; null takes the tunnel's. False when the tunnel has no such domain. */
  setDomainAccess(tunnelId: number, domain: string, access: TunnelAccess | null): boolean;
  gates(tunnelId: number): StoredGate[];
  /** A token that takes another's place leaves that one accepted until `previousUntil`. */
  setGate(
    tunnelId: number,
    gate: { readonly path: string; readonly token: string; readonly previousUntil: number },
  ): void;
  /** False when there is none. */
  removeGate(tunnelId: number, path: string): boolean;
}

interface Row {
  readonly access: string | null;
  readonly limits: string | null;
  readonly hold: string | null;
  readonly recovery: string | null;
}

export function ruleStore(database: Database): RuleStore {
  const select = database.prepare<[number], Row>(
    'SELECT access, limits, hold, recovery FROM tunnels WHERE id = ?',
  );
  const setAccess = database.prepare<[string, number]>(
    'UPDATE tunnels SET access = ? WHERE id = ?',
  );
  const setLimits = database.prepare<[string, number]>(
    'UPDATE tunnels SET limits = ? WHERE id = ?',
  );
  const setHold = database.prepare<[string, number]>('UPDATE tunnels SET hold = ? WHERE id = ?');
  const setRecovery = database.prepare<[string | null, number]>(
    'UPDATE tunnels SET recovery = ? WHERE id = ?',
  );
  const domains = database.prepare<[number], { domain: string; access: string }>(
    'SELECT domain, access FROM domains WHERE tunnel_id = ? AND access IS NOT NULL ORDER BY position',
  );
  const setDomainAccess = database.prepare<[string | null, number, string]>(
    'UPDATE domains SET access = ? WHERE tunnel_id = ? AND domain = ?',
  );
  const gates = database.prepare<[number], StoredGate>(
    `SELECT path, token, previous_token AS previousToken, previous_until AS previousUntil
     FROM gates WHERE tunnel_id = ? ORDER BY path`,
  );
  // The same token again is no change of tokens: it ends the time of the one before.
  const setGate = database.prepare<[number, string, string, number]>(
    `INSERT INTO gates (tunnel_id, path, token) VALUES (?, ?, ?)
     ON CONFLICT (tunnel_id, path) DO UPDATE SET
       previous_token = CASE WHEN token = excluded.token THEN NULL ELSE token END,
       previous_until = ?,
       token = excluded.token`,
  );
  const removeGate = database.prepare<[number, string]>(
    'DELETE FROM gates WHERE tunnel_id = ? AND path = ?',
  );
  return {
    of: (id) => {
      const row = select.get(id);
      const read = <T>(
        text: string | null | undefined,
        parse: (value: unknown) => T,
        other: T,
      ): T => (text === null || text === undefined ? other : parse(JSON.parse(text)));
      return {
        access: read(row?.access, (value) => TunnelAccess.parse(value), defaultRules.access),
        domains: Object.fromEntries(
          domains
            .all(id)
            .map(({ domain, access }) => [domain, TunnelAccess.parse(JSON.parse(access))]),
        ),
        limits: read(row?.limits, (value) => TunnelLimits.parse(value), defaultRules.limits),
        hold: read(row?.hold, (value) => TunnelHold.parse(value), defaultRules.hold),
        recovery: RecoveryMode.nullable().parse(row?.recovery ?? null),
      };
    },
    setAccess: (id, access) => void setAccess.run(JSON.stringify(access), id),
    setLimits: (id, limits) => void setLimits.run(JSON.stringify(limits), id),
    setHold: (id, hold) => void setHold.run(JSON.stringify(hold), id),
    setRecovery: (id, mode) => void setRecovery.run(mode, id),
    setDomainAccess: (id, domain, access) =>
      setDomainAccess.run(access === null ? null : JSON.stringify(access), id, domain).changes ===
      1,
    gates: (id) => gates.all(id),
    setGate: (id, { path, token, previousUntil }) =>
      void setGate.run(id, path, token, previousUntil),
    removeGate: (id, path) => removeGate.run(id, path).changes === 1,
  };
}
