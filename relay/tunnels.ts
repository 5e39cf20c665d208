import { AppError } from '../common/errors/app-error.ts';
import { encodeToken } from '../common/tunnel/token.ts';
import type { Authority } from './ca/authority.ts';
import { normaliseDomain } from './registry/domain-name.ts';
import type { HostTable } from './registry/host-table.ts';
import type { Registry } from './registry/registry.ts';
import type { Store } from './store/index.ts';
import type { StoredDevice } from './store/devices.ts';
import type { StoredTunnel } from './store/tunnels.ts';
import type { DeviceRecord, TunnelRecord } from './types.ts';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_DOMAINS = 100;
const MIN_TTL = 1_000;
const MAX_TTL = 30 * 86_400_000;

export interface TunnelsDeps {
  readonly store: Store;
  readonly registry: Registry;
  readonly hosts: HostTable;
  readonly authority: Authority;
  /** Where devices reach the control port. */
  readonly controlEndpoint: () => { readonly host: string; readonly port: number };
  readonly now: () => number;
}

/** What an operator does with tunnels, tokens and devices; see `Relay` in `types.ts` for what each throws. */
export interface Tunnels {
  readonly create: (input: { name: string; domains: readonly string[] }) => TunnelRecord;
  readonly list: () => TunnelRecord[];
  readonly createToken: (tunnel: string, ttlMs: number) => string;
  readonly revokeDevice: (deviceId: string) => void;
}

export function createTunnels(deps: TunnelsDeps): Tunnels {
  const { store, registry, hosts, authority, now } = deps;
  hosts.load(store.tunnels.all());
  const audit = (action: string, subject: string, detail: Record<string, string | number>): void =>
    store.audit.add({ time: now(), actor: 'admin', action, subject, detail });

  return {
    create: ({ name, domains }) => {
      if (!NAME.test(name)) throw new AppError('BAD_INPUT', { field: 'name' });
      const wanted = [...new Set(domains.map(normaliseDomain))];
      if (wanted.length === 0 || wanted.length > MAX_DOMAINS) {
        throw new AppError('BAD_INPUT', { field: 'domains' });
      }
      const result = store.tunnels.create(name, wanted, now());
      if ('taken' in result) throw new AppError('CONFLICT', { value: result.taken });
      audit('tunnel.create', name, { domains: wanted.join(' ') });
      hosts.load(store.tunnels.all());
      return record(result.tunnel, [], registry);
    },
    list: () =>
      store.tunnels
        .all()
        .map((tunnel) => record(tunnel, store.devices.ofTunnel(tunnel.id), registry)),
    createToken: (name, ttlMs) => {
      if (!Number.isSafeInteger(ttlMs) || ttlMs < MIN_TTL || ttlMs > MAX_TTL) {
        throw new AppError('BAD_INPUT', { field: 'ttlMs', min: MIN_TTL, max: MAX_TTL });
      }
      const tunnel = store.tunnels.byName(name);
      if (tunnel === null) throw new AppError('NOT_FOUND', { tunnel: name.slice(0, 64) });
      const secret = store.tokens.create(tunnel.id, now(), now() + ttlMs);
      audit('token.create', name, { ttlMs });
      return encodeToken({ ...deps.controlEndpoint(), ca: authority.fingerprint, secret });
    },
    revokeDevice: (id) => {
      const device = store.devices.byId(id);
      if (device === null) throw new AppError('NOT_FOUND', { device: id.slice(0, 64) });
      if (store.devices.revoke(id, now()))
        audit('device.revoke', id, { hostname: device.hostname });
      registry.cut(id, { type: 'revoked', error: { code: 'CERT_REVOKED', params: {} } });
    },
  };
}

function record(
  tunnel: StoredTunnel,
  devices: readonly StoredDevice[],
  registry: Registry,
): TunnelRecord {
  return {
    name: tunnel.name,
    domains: tunnel.domains,
    createdAt: tunnel.createdAt,
    devices: devices.map((device) => deviceRecord(device, registry)),
    sessions: registry.sessionsOf(tunnel.name).length,
  };
}

function deviceRecord(device: StoredDevice, registry: Registry): DeviceRecord {
  const { id, hostname, platform, version, enrolledAt, certificateNotAfter, revokedAt } = device;
  return {
    id,
    hostname,
    platform,
    version,
    enrolledAt,
    certificateNotAfter,
    revokedAt,
    online: registry.isOnline(id),
  };
}
