import type { Database } from 'better-sqlite3';

export interface StoredTunnel {
  readonly id: number;
  readonly name: string;
  readonly domains: readonly string[];
  readonly createdAt: number;
}

interface TunnelRow {
  readonly id: number;
  readonly name: string;
  readonly created_at: number;
}

export interface TunnelStore {
  /** Stores a tunnel with its domains, or says which of them is taken. */
  create(
    name: string,
    domains: readonly string[],
    now: number,
  ): { readonly tunnel: StoredTunnel } | { readonly taken: string };
  all(): StoredTunnel[];
  /** Its domains, devices, certificates and tokens go with it. */
  remove(id: number): void;
  /** False when the domain is taken, by this tunnel or another. */
  bind(id: number, domain: string): boolean;
  /** False when the tunnel has no such domain. */
  unbind(id: number, domain: string): boolean;
  byId(id: number): StoredTunnel | null;
  byName(name: string): StoredTunnel | null;
}

export function tunnelStore(database: Database): TunnelStore {
  const insertTunnel = database.prepare<[string, number]>(
    'INSERT INTO tunnels (name, created_at) VALUES (?, ?)',
  );
  const insertDomain = database.prepare<[string, number, number]>(
    'INSERT INTO domains (domain, tunnel_id, position) VALUES (?, ?, ?)',
  );
  const domainTaken = database.prepare<[string], { tunnel_id: number }>(
    'SELECT tunnel_id FROM domains WHERE domain = ?',
  );
  const domainsOf = database
    .prepare<[number], string>('SELECT domain FROM domains WHERE tunnel_id = ? ORDER BY position')
    .pluck();
  const selectAll = database.prepare<[], TunnelRow>('SELECT * FROM tunnels ORDER BY name');
  const selectId = database.prepare<[number], TunnelRow>('SELECT * FROM tunnels WHERE id = ?');
  const selectName = database.prepare<[string], TunnelRow>('SELECT * FROM tunnels WHERE name = ?');

  const remove = database.prepare<[number]>('DELETE FROM tunnels WHERE id = ?');
  const bind = database.prepare<[string, number, number]>(
    `INSERT INTO domains (domain, tunnel_id, position)
     VALUES (?, ?, (SELECT coalesce(max(position), -1) + 1 FROM domains WHERE tunnel_id = ?))
     ON CONFLICT DO NOTHING`,
  );
  const unbind = database.prepare<[string, number]>(
    'DELETE FROM domains WHERE domain = ? AND tunnel_id = ?',
  );

  const whole = (row: TunnelRow): StoredTunnel => ({
    id: row.id,
    name: row.name,
    domains: domainsOf.all(row.id),
    createdAt: row.created_at,
  });

  const create = database.transaction((name: string, domains: readonly string[], now: number) => {
    if (selectName.get(name) !== undefined) return { taken: name };
    const taken = domains.find((domain) => domainTaken.get(domain) !== undefined);
    if (taken !== undefined) return { taken };
    const id = Number(insertTunnel.run(name, now).lastInsertRowid);
    for (const [position, domain] of domains.entries()) insertDomain.run(domain, id, position);
    return { tunnel: { id, name, domains, createdAt: now } };
  });

  return {
    create: (name, domains, now) => create.immediate(name, domains, now),
    remove: (id) => void remove.run(id),
    bind: (id, domain) => bind.run(domain, id, id).changes === 1,
    unbind: (id, domain) => unbind.run(domain, id).changes === 1,
    all: () => selectAll.all().map(whole),
    byId: (id) => {
      const row = selectId.get(id);
      return row === undefined ? null : whole(row);
    },
    byName: (name) => {
      const row = selectName.get(name);
      return row === undefined ? null : whole(row);
    },
  };
}
