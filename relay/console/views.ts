import type { CertificateInfo } from '../../common/domain/certificate.ts';
import type {
  AuthRequestView,
  DeviceView,
  LiveView,
  RelaySnapshot,
  RelayView,
  TunnelConfig,
} from '../../common/domain/relay/views.ts';
import { viewSecret } from '../../common/domain/secret.ts';
import { timing } from '../../common/tunnel/protocol.ts';
import type { DataSession } from '../registry/data-session.ts';
import type { Registry } from '../registry/registry.ts';
import type { StoredAuthRequest } from '../store/auth-requests.ts';
import type { StoredDevice } from '../store/devices.ts';
import type { Store } from '../store/index.ts';
import type { StoredTunnel } from '../store/tunnels.ts';
import type { Traffic } from './traffic.ts';

export interface ViewSources {
  readonly store: Store;
  readonly registry: Registry;
  readonly traffic: Traffic;
  readonly relay: () => RelayView;
  /** What the public and the control port show, and the CA. */
  readonly certificates: () => CertificateInfo[];
  readonly held: () => LiveView['held'];
  readonly recoveries: () => RelaySnapshot['recoveries'];
  readonly inFlight: () => number;
  readonly egressOpen: () => number;
}

/** What is stored: read again only when something was written. */
export type StoredParts = Pick<RelaySnapshot, 'tunnels' | 'authRequests' | 'recoveries'>;

export function storedParts({ store, recoveries }: ViewSources): StoredParts {
  return {
    tunnels: store.tunnels.all().map((tunnel) => tunnelConfig(store, tunnel)),
    recoveries: recoveries(),
    authRequests: store.authRequests.list().map((request) => authRequestView(store, request)),
  };
}

/** What passes just now. */
export function liveView(sources: ViewSources): LiveView {
  const { registry, traffic, store } = sources;
  return {
    sessions: registry.sessions().map((session) => sessionView(session, traffic)),
    totals: {
      ...traffic.total(),
      inFlight: sources.inFlight(),
      egressOpen: sources.egressOpen(),
    },
    tunnels: Object.fromEntries(
      store.tunnels.all().map(({ name }) => [name, traffic.ofTunnel(name)]),
    ),
    held: sources.held(),
  };
}

function tunnelConfig(store: Store, tunnel: StoredTunnel): TunnelConfig {
  const { id, name, domains, createdAt } = tunnel;
  return {
    name,
    domains: [...domains],
    createdAt,
    rules: store.rules.of(id),
    gates: store.rules.gates(id).map(({ path, token }) => ({ path, token: viewSecret(token) })),
    devices: store.devices.ofTunnel(id).map(deviceView),
    tokens: store.tokens.ofTunnel(id),
  };
}

function deviceView(device: StoredDevice): DeviceView {
  const { id, hostname, platform, version, enrolledAt, revokedAt } = device;
  const { certificateNotBefore, certificateNotAfter } = device;
  return {
    id,
    hostname,
    platform,
    version,
    enrolledAt,
    certificateNotBefore,
    certificateNotAfter,
    revokedAt,
  };
}

function authRequestView(store: Store, request: StoredAuthRequest): AuthRequestView {
  const { fingerprint, device, createdAt, uploadedAt, uploadedBy, deviceId } = request;
  const owner = deviceId === null ? null : store.devices.byId(deviceId);
  return {
    fingerprint,
    device,
    createdAt,
    uploadedAt,
    uploadedBy,
    state: stateOf(request),
    tunnel: owner === null ? null : (store.tunnels.byId(owner.tunnelId)?.name ?? null),
    deviceId,
  };
}

function stateOf(request: StoredAuthRequest): AuthRequestView['state'] {
  if (request.refusedAt !== null) return 'refused';
  if (request.certificate === null) return 'pending';
  return request.collectedAt === null ? 'approved' : 'collected';
}

function sessionView(session: DataSession, traffic: Traffic): LiveView['sessions'][number] {
  const rttMs = session.pulse.roundTrip();
  // Its own ping comes half a minute after it opened; somebody is looking now.
  if (rttMs === null) void session.pulse.probe(timing.pingDeadline);
  return {
    id: session.id,
    tunnel: session.tunnel,
    deviceId: session.deviceId,
    openedAt: session.openedAt,
    inFlight: session.inFlight,
    carried: session.carried,
    perMinute: traffic.sessionPerMinute(session.id),
    rttMs,
  };
}
