import type { Database } from 'better-sqlite3';
import {
  defaultRules,
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
}

export function ruleStore(database: Database): RuleStore {
  const select = database.prepare<[number], Row>(
    'SELECT access, limits, hold FROM tunnels WHERE id = ?',
  );
  const setAccess = database.prepare<[string, number]>(
    'UPDATE tunnels SET access = ? WHERE id = ?',
  );
  const setLimits = database.prepare<[string, number]>(
    'UPDATE tunnels SET limits = ? WHERE id = ?',
  );
  const setHold = database.prepare<[string, number]>('UPDATE tunnels SET hold = ? WHERE id = ?');
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
        limits: read(row?.limits, (value) => TunnelLimits.parse(value), defaultRules.limits),
        hold: read(row?.hold, (value) => TunnelHold.parse(value), defaultRules.hold),
      };
    },
    setAccess: (id, access) => void setAccess.run(JSON.stringify(access), id),
    setLimits: (id, limits) => void setLimits.run(JSON.stringify(limits), id),
    setHold: (id, hold) => void setHold.run(JSON.stringify(hold), id),
    gates: (id) => gates.all(id),
    setGate: (id, { path, token, previousUntil }) =>
      void setGate.run(id, path, token, previousUntil),
    removeGate: (id, path) => removeGate.run(id, path).changes === 1,
  };
}
