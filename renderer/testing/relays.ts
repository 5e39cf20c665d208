import type {
  EnrolmentRequest,
  RelayLinkView,
  TunnelState,
  TunnelView,
} from '../../common/domain/tunnel.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

const online = (now: number, rttMs: number, days: number): TunnelState => ({
  phase: 'online',
  since: now - days * DAY,
  generation: 4,
  sessions: { live: 2, wanted: 2 },
  rttMs,
  clockSkewMs: 38,
});

/** The one relay of most scenarios, in the state of the tunnel. */
export function exampleLink(state: TunnelState): RelayLinkView {
  return {
    endpoint: 'relay.example.com:2222',
    name: 'relay-sh-1',
    fixedIp: '203.0.113.24',
    transport: 'h2',
    state,
    egress: state.phase === 'online',
    failures: state.phase === 'online' ? 0 : null,
    untrustedSince: null,
  };
}

const second = (now: number): RelayLinkView => ({
  ...exampleLink(online(now, 41.2, 3)),
  endpoint: 'relay-bj.example.com:2222',
  name: 'relay-bj-1',
  fixedIp: '198.51.100.7',
  egress: false,
});

/** Two relays that both work. */
export function twoRelays(now: number, tunnel: TunnelView): TunnelView {
  return withLinks(tunnel, [exampleLink(online(now, 23.4, 3)), second(now)]);
}

/** The preferred relay is lost, the second carries on, and WeCom refuses the address of a third. */
export function failedOver(now: number, tunnel: TunnelView): TunnelView {
  const lost = exampleLink({
    phase: 'waiting',
    attempt: 6,
    retryAt: now + 18_000,
    error: { code: 'RELAY_UNREACHABLE', params: { host: 'relay.example.com', port: '2222' } },
  });
  const third: RelayLinkView = {
    ...second(now),
    endpoint: 'relay-gz.example.com:443',
    name: 'relay-gz-1',
    fixedIp: '192.0.2.66',
    transport: 'wss',
    untrustedSince: now - 40 * MINUTE,
  };
  return {
    ...withLinks(tunnel, [lost, { ...second(now), egress: true }, third]),
    relay: { endpoint: 'relay-bj.example.com:2222', name: 'relay-bj-1', fixedIp: '198.51.100.7' },
    switched: {
      at: now - 4 * MINUTE,
      from: 'relay.example.com:2222',
      to: 'relay-bj.example.com:2222',
    },
  };
}

function withLinks(tunnel: TunnelView, links: RelayLinkView[]): TunnelView {
  const live = links.reduce(
    (sum, { state }) => sum + (state.phase === 'online' ? state.sessions.live : 0),
    0,
  );
  const { state } = tunnel;
  return {
    ...tunnel,
    links,
    state:
      state.phase === 'online' ? { ...state, sessions: { live, wanted: 2 * links.length } } : state,
  };
}

/** An auth file that was made a while ago; `endpoint` null leaves open where its certificate will be. */
export function exampleRequest(now: number, endpoint: string | null): EnrolmentRequest {
  return {
    fingerprint: '9c41d07be8a25f16'.repeat(4),
    createdAt: now - 11 * MINUTE,
    endpoint,
    askedAt: endpoint === null ? null : now - 8_000,
    error: null,
  };
}
