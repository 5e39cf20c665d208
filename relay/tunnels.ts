import { AppError } from '../common/errors/app-error.ts';
import { tokenTtl } from '../common/contract/relay-api.ts';
import type { RelayEvent } from '../common/tunnel/control.ts';
import { encodeToken } from '../common/tunnel/token.ts';
import { publicUrls } from './admission.ts';
import type { Authority } from './ca/authority.ts';
import { normaliseDomain } from './registry/domain-name.ts';
import type { HostTable } from './registry/host-table.ts';
import type { Registry } from './registry/registry.ts';
import { adminKey, type Actor, type AuditEntry } from './store/audit.ts';
import type { Store } from './store/index.ts';
import type { StoredDevice } from './store/devices.ts';
import type { StoredTunnel } from './store/tunnels.ts';
import type { DeviceRecord, TunnelRecord } from './types.ts';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_DOMAINS = 100;
const MIN_TTL = 1_000;

export interface TunnelsDeps {
  readonly store: Store;
  readonly registry: Registry;
  readonly hosts: HostTable;
  readonly authority: Authority;
  /** Where devices reach the control port. */
  readonly controlEndpoint: () => { readonly host: string; readonly port: number };
  readonly publicPort: () => number;
  /** The domains of a tunnel are others than before. */
  readonly onDomains: (tunnel: string) => void;
  /** A tunnel is gone: whatever is remembered of it must not meet another of its name. */
  readonly onRemoved: (tunnel: string) => void;
  readonly now: () => number;
}

/**
 * What an operator does with tunnels, domains, tokens and devices; see `Relay` in `types.ts` for what each throws. `by` is
 * whoever holds the admin key unless told.
 */
export interface Tunnels {
  readonly create: (
    input: { name: string; domains: readonly string[] },
    by?: Actor,
  ) => TunnelRecord;
  readonly list: () => TunnelRecord[];
  /** Ends its devices' certificates, cuts their sessions and forgets everything of the tunnel. Throws NOT_FOUND. */
  readonly remove: (tunnel: string, by?: Actor) => void;
  /** Throws NOT_FOUND, BAD_INPUT, CONFLICT when the domain is bound already. */
  readonly bind: (tunnel: string, domain: string, by?: Actor) => void;
  /** Throws NOT_FOUND, BAD_INPUT. */
  readonly unbind: (tunnel: string, domain: string, by?: Actor) => void;
  readonly createToken: (tunnel: string, ttlMs: number, by?: Actor) => string;
  /** Throws NOT_FOUND when there is no such token, or it was used, revoked or is over. */
  readonly revokeToken: (id: string, by?: Actor) => void;
  readonly revokeDevice: (deviceId: string, by?: Actor) => void;
}

export function createTunnels(deps: TunnelsDeps): Tunnels {
  const { store, registry, hosts, authority, now } = deps;
  hosts.load(store.tunnels.all());
  const audit = (
    by: Actor,
    action: string,
    subject: string,
    detail: AuditEntry['detail'] = {},
  ): void => store.audit.add({ time: now(), actor: by, action, subject, detail });

  /** A change and its row in the log happen together or not at all. */
  const changeDomains = (name: string, change: (tunnel: StoredTunnel) => void): void => {
    const tunnel = known(name);
    store.atomically(() => change(tunnel));
    deps.onDomains(name);
    hosts.load(store.tunnels.all());
    const { domains } = known(name);
    const event: RelayEvent = {
      type: 'domains',
      domains: [...domains],
      publicUrls: publicUrls(domains, deps.publicPort()),
    };
    for (const device of store.devices.ofTunnel(tunnel.id)) registry.tell(device.id, event);
  };
  const known = (name: string): StoredTunnel => {
    const tunnel = store.tunnels.byName(name);
    if (tunnel === null) throw new AppError('NOT_FOUND', { tunnel: name.slice(0, 64) });
    return tunnel;
  };

  return {
    create: ({ name, domains }, by = adminKey) => {
      if (!NAME.test(name)) throw new AppError('BAD_INPUT', { field: 'name' });
      const wanted = [...new Set(domains.map(normaliseDomain))];
      if (wanted.length === 0 || wanted.length > MAX_DOMAINS) {
        throw new AppError('BAD_INPUT', { field: 'domains' });
      }
      const tunnel = store.atomically(() => {
        const result = store.tunnels.create(name, wanted, now());
        if ('taken' in result) throw new AppError('CONFLICT', { value: result.taken });
        audit(by, 'tunnel.create', name, { domains: wanted });
        return result.tunnel;
      });
      hosts.load(store.tunnels.all());
      return record(tunnel, [], registry);
    },
    list: () =>
      store.tunnels
        .all()
        .map((tunnel) => record(tunnel, store.devices.ofTunnel(tunnel.id), registry)),
    remove: (name, by = adminKey) => {
      const tunnel = known(name);
      const devices = store.devices.ofTunnel(tunnel.id);
      store.atomically(() => {
        store.tunnels.remove(tunnel.id);
        audit(by, 'tunnel.remove', name, {
          domains: [...tunnel.domains],
          devices: devices.map(({ id }) => id),
        });
      });
      hosts.load(store.tunnels.all());
      deps.onRemoved(name);
      const error = { code: 'CERT_UNKNOWN_DEVICE', params: {} } as const;
      for (const device of devices) registry.cut(device.id, { type: 'revoked', error });
    },
    bind: (name, text, by = adminKey) => {
      const domain = normaliseDomain(text);
      changeDomains(name, (tunnel) => {
        if (tunnel.domains.length >= MAX_DOMAINS) {
          throw new AppError('BAD_INPUT', { field: 'domain', max: MAX_DOMAINS });
        }
        if (!store.tunnels.bind(tunnel.id, domain)) {
          throw new AppError('CONFLICT', { value: domain });
        }
        audit(by, 'domain.bind', name, { domain });
      });
    },
    unbind: (name, text, by = adminKey) => {
      const domain = normaliseDomain(text);
      changeDomains(name, (tunnel) => {
        if (!store.tunnels.unbind(tunnel.id, domain)) throw new AppError('NOT_FOUND', { domain });
        audit(by, 'domain.unbind', name, { domain });
      });
    },
    createToken: (name, ttlMs, by = adminKey) => {
      if (!Number.isSafeInteger(ttlMs) || ttlMs < MIN_TTL || ttlMs > tokenTtl.max) {
        throw new AppError('BAD_INPUT', { field: 'ttlMs', min: MIN_TTL, max: tokenTtl.max });
      }
      const tunnel = known(name);
      const secret = store.atomically(() => {
        const expiresAt = now() + ttlMs;
        audit(by, 'token.create', name, { expiresAt: new Date(expiresAt).toISOString() });
        return store.tokens.create(tunnel.id, now(), expiresAt);
      });
      return encodeToken({ ...deps.controlEndpoint(), ca: authority.fingerprint, secret });
    },
    revokeToken: (id, by = adminKey) =>
      store.atomically(() => {
        const tunnelId = store.tokens.revoke(id, now());
        const tunnel = tunnelId === null ? null : store.tunnels.byId(tunnelId);
        if (tunnel === null) throw new AppError('NOT_FOUND', { token: id.slice(0, 64) });
        audit(by, 'token.revoke', tunnel.name, { token: id });
      }),
    revokeDevice: (id, by = adminKey) => {
      const device = store.devices.byId(id);
      if (device === null) throw new AppError('NOT_FOUND', { device: id.slice(0, 64) });
      store.atomically(() => {
        if (!store.devices.revoke(id, now())) return;
        const tunnel = store.tunnels.byId(device.tunnelId)?.name ?? '';
        audit(by, 'device.revoke', id, { hostname: device.hostname, tunnel });
      });
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
