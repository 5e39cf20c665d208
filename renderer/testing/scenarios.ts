import type { GatewayView } from '../../common/domain/gateway.ts';
import type { Snapshot } from '../../common/domain/snapshot.ts';
import type { TunnelView } from '../../common/domain/tunnel.ts';
import { exampleCertificates } from './certificates.ts';
import { longNames } from './long.ts';
import { manyBots } from './many.ts';
import { onlineSnapshot } from './online.ts';
import { exampleLink, exampleRequest, failedOver, twoRelays } from './relays.ts';
import { exampleRoutes } from './routes.ts';
import { exampleServices } from './services.ts';
import { busyTargets } from './targets.ts';

/** Situations in which every screen has to look right. */
export const scenarioNames = [
  'unenrolled',
  'empty',
  'online',
  'stopped',
  'connecting',
  'degraded',
  'waiting',
  'refused',
  'broken',
  'practice',
  'untrusted',
  'busy',
  'relays',
  'failover',
  'authFile',
  'turnedDown',
  'fixed',
  'long',
  'many',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

const CONFIG = '/etc/gateway/config.toml';
const TUNNEL_CONFIG = '/etc/tunnel/config.yaml';
const MINUTE = 60_000;

type Change = (online: Snapshot, now: number) => Snapshot;

const changes: Readonly<Record<ScenarioName, Change>> = {
  online: (online) => online,
  practice: (online) => ({
    ...online,
    practice: {
      simulatorUrl: 'http://127.0.0.1:39021',
      relayAdminUrl: 'http://127.0.0.1:39022/console',
    },
  }),
  relays: (online, now) => ({ ...online, tunnel: twoRelays(now, online.tunnel) }),
  failover: (online, now) => ({ ...online, tunnel: failedOver(now, online.tunnel) }),
  // Set up by an auth file that nobody has approved yet.
  authFile: (online, now) => withRequest(online, exampleRequest(now, 'relay.example.com:2222')),
  turnedDown: (online, now) =>
    withRequest(online, {
      ...exampleRequest(now, 'relay.example.com:2222'),
      error: { code: 'ENROLMENT_REFUSED', params: {} },
    }),
  long: (online) => longNames(online),
  many: (online) => manyBots(online),
  // Nearly everything is in files.
  fixed: (online, now) => ({
    ...online,
    tunnel: twoRelays(now, online.tunnel),
    bots: online.bots.map((bot) => ({ ...bot, lockedBy: CONFIG })),
    targets: online.targets.map((target) => ({ ...target, lockedBy: CONFIG })),
    routes: exampleRoutes.map((route) => ({ ...route, lockedBy: CONFIG })),
    settings: {
      values: online.settings.values,
      locked: {
        logLevel: CONFIG,
        retentionDays: CONFIG,
        storeMaxMb: CONFIG,
        redactAfterDays: CONFIG,
        managementPort: CONFIG,
        'tunnel.relays': TUNNEL_CONFIG,
        'tunnel.proxy': TUNNEL_CONFIG,
        'tunnel.heartbeat': TUNNEL_CONFIG,
      },
    },
  }),
  // Everything runs, but WeCom does not trust the address that one app's messages come from.
  untrusted: (online, now) => ({
    ...online,
    gateway: {
      ...online.gateway,
      problems: [
        {
          bot: 'orders',
          since: now - 6 * MINUTE,
          error: { code: 'UNTRUSTED_IP', params: { ip: '203.0.113.24' } },
        },
      ],
    },
  }),
  // Several services behind several routes, in every state that a service can be in.
  busy: (online, now) => ({
    ...online,
    bots: online.bots.map((bot) =>
      bot.id === 'orders'
        ? {
            ...bot,
            previousToken: { set: true, hint: '…q2M' },
            previousEncodingAesKey: { set: true, hint: '…u8E' },
            pairHits: {
              current: { count: 318, lastAt: now - 4_000 },
              previous: { count: 12, lastAt: now - 26 * MINUTE },
            },
          }
        : bot,
    ),
    gateway: { ...online.gateway, inFlight: 19, targets: { total: 6, healthy: 3 } },
    targets: busyTargets(now),
    routes: exampleRoutes,
    services: exampleServices(now),
  }),
  unenrolled: (online) => ({
    ...online,
    tunnel: {
      state: { phase: 'unenrolled' },
      relay: null,
      publicUrls: [],
      device: null,
      links: [],
    },
    certificates: [],
    gateway: quiet(online.gateway),
    bots: [],
    targets: [],
    routes: [],
  }),
  empty: (online) => ({
    ...online,
    gateway: quiet(online.gateway),
    bots: [],
    targets: [],
    routes: [],
  }),
  stopped: (online) => withState(online, { phase: 'stopped' }),
  connecting: (online, now) =>
    withState(online, { phase: 'connecting', attempt: 1, since: now - 1200 }),
  degraded: (online, now) => ({
    ...withState(online, {
      phase: 'online',
      since: now - 42 * MINUTE,
      generation: 7,
      sessions: { live: 1, wanted: 2 },
      rttMs: 184,
      clockSkewMs: -2100,
    }),
    certificates: exampleCertificates(now, 24, 11),
    gateway: { ...online.gateway, answerP99Ms: 3420, targets: { total: 2, healthy: 1 } },
    targets: online.targets.map((target, index) =>
      index === 0 ? target : { ...target, healthy: false, state: 'down' },
    ),
  }),
  waiting: (online, now) =>
    withState(online, {
      phase: 'waiting',
      attempt: 6,
      retryAt: now + 18_000,
      error: { code: 'RELAY_UNREACHABLE', params: { host: 'relay.example.com', port: '2222' } },
    }),
  refused: (online, now) =>
    withState(online, {
      phase: 'refused',
      since: now - 8 * MINUTE,
      retryAt: now + 4 * MINUTE,
      error: { code: 'CERT_REVOKED', params: { host: 'relay.example.com' } },
    }),
  broken: (online, now) => ({
    ...online,
    certificates: exampleCertificates(now, 5, -1),
    gateway: {
      ...online.gateway,
      store: { state: 'failing', error: { code: 'STORE_UNAVAILABLE', params: {} } },
      callbacksPerMinute: 0,
      targets: { total: 2, healthy: 0 },
    },
    targets: online.targets.map((target) => ({ ...target, healthy: false, state: 'down' })),
    settings: {
      values: online.settings.values,
      locked: {
        managementPort: '/etc/gateway/config.toml',
        logLevel: '/etc/gateway/config.toml',
      },
    },
  }),
};

/** A scenario's snapshot as of `now`. */
export function scenario(name: ScenarioName, now: number): Snapshot {
  return changes[name](onlineSnapshot(now), now);
}

function withState(snapshot: Snapshot, state: TunnelView['state']): Snapshot {
  const links = [exampleLink(state)];
  return { ...snapshot, tunnel: { ...snapshot.tunnel, state, links } };
}

function withRequest(online: Snapshot, request: NonNullable<TunnelView['request']>): Snapshot {
  const { tunnel, ...rest } = changes.unenrolled(online, 0);
  return { ...rest, tunnel: { ...tunnel, request } };
}

function quiet(gateway: GatewayView): GatewayView {
  return {
    ...gateway,
    callbacksPerMinute: 0,
    inFlight: 0,
    received: 0,
    rejected: 0,
    stored: 0,
    answerP99Ms: null,
    problems: [],
    targets: { total: 0, healthy: 0 },
  };
}
