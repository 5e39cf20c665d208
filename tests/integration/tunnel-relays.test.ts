import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../common/domain/log.ts';
import type { TunnelView } from '../../common/domain/tunnel.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import {
  createTunnel,
  endpointText,
  enrol,
  type DeviceIdentity,
  type Tunnel,
  type TunnelOptions,
} from '../../main/core/tunnel/index.ts';
import { echo } from '../../main/core/tunnel/testing/client.ts';
import { openLine, type Line } from '../../relay/testing/line.ts';
import { h1 } from '../../relay/testing/public.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';

const facts = { hostname: 'h', platform: 'linux', version: '0' };
let a: TestRelay;
let b: TestRelay;
let tunnel: Tunnel | undefined;
const lines: Line[] = [];

beforeEach(async () => {
  [a, b] = await Promise.all([
    startRelay({}, { name: 'a', fixedIp: '192.0.2.1' }),
    startRelay({}, { name: 'b', fixedIp: '192.0.2.2' }),
  ]);
});
afterEach(async () => {
  await tunnel?.stop(0);
  for (const line of lines.splice(0)) await line.close();
  await Promise.all([a.close(), b.close()]);
});

const identityAt = (relay: TestRelay): Promise<DeviceIdentity> =>
  enrol({ token: decodeToken(relay.relay.createToken('acme', 60_000)), facts });

/** Through a line that can be frozen. */
async function behindLine(relay: TestRelay): Promise<{ identity: DeviceIdentity; line: Line }> {
  const identity = await identityAt(relay);
  const line = await openLine(endpointText(identity.endpoint));
  lines.push(line);
  return { identity: { ...identity, endpoint: { host: '127.0.0.1', port: line.port } }, line };
}

interface Watched {
  readonly tunnel: Tunnel;
  until(predicate: (view: TunnelView) => boolean): Promise<TunnelView>;
  /** Names of the relays that messages left by, in turn. */
  readonly ways: (string | null)[];
}

function start(
  identities: readonly DeviceIdentity[],
  options: Partial<TunnelOptions> = {},
): Watched {
  const watchers = new Set<(view: TunnelView) => void>();
  const ways: (string | null)[] = [];
  const made = createTunnel({
    log: silentLogger,
    version: '0.0.0',
    handleStream: echo,
    onIdentity: async () => undefined,
    timing: { stableAfter: 100 },
    random: () => 0.05,
    ...options,
    onChange: (view) => {
      const way = wayOf(view);
      if (ways.at(-1) !== way) ways.push(way);
      for (const watcher of watchers) watcher(view);
    },
  });
  tunnel = made;
  made.setIdentities(identities);
  made.connect();
  return {
    tunnel: made,
    ways,
    until: (predicate) =>
      new Promise((resolve) => {
        const look = (view: TunnelView): void => {
          if (!predicate(view)) return;
          watchers.delete(look);
          resolve(view);
        };
        watchers.add(look);
        look(made.view());
      }),
  };
}

const wayOf = ({ links = [] }: TunnelView): string | null =>
  links.find(({ egress }) => egress)?.name ?? null;
const allOnline = ({ links = [] }: TunnelView): boolean =>
  links.every(({ state }) => state.phase === 'online' && state.sessions.live === 2);

describe('two relays', () => {
  it('both serve the public at once, and messages leave by the preferred one', async () => {
    const { until } = start([await identityAt(a), await identityAt(b)]);
    const view = await until((one) => allOnline(one) && wayOf(one) === 'a');
    expect(view.state).toMatchObject({ phase: 'online', sessions: { live: 4, wanted: 4 } });
    expect(view.relay?.fixedIp).toBe('192.0.2.1');
    for (const relay of [a, b]) {
      await expect
        .poll(async () => (await h1(relay, { path: '/x' })).body.toString())
        .toBe('GET /x');
    }
  });

  it('when the preferred one goes, messages leave by the other at once, and go back when it is steady', async () => {
    const first = await behindLine(a);
    const { until, ways } = start([first.identity, await identityAt(b)]);
    await until((view) => allOnline(view) && wayOf(view) === 'a');
    ways.length = 0;
    first.line.cut();
    await until((view) => wayOf(view) === 'b');
    await until((view) => allOnline(view) && wayOf(view) === 'a');
    // The view tells of more than the way out.
    expect(ways.join()).toMatch(/^(?:a,)?b,a$/);
    const [key, other] = tunnel?.view().links?.map(({ endpoint }) => endpoint) ?? [];
    expect(tunnel?.view().switched).toMatchObject({ from: other, to: key });
  });

  it('a relay that has gone silent is left after three failed checks', async () => {
    const first = await behindLine(a);
    const { until } = start([first.identity, await identityAt(b)], {
      health: { intervalMs: 50, retries: 0 },
      // Neither heartbeats nor pings notice before the checks do.
      timing: { stableAfter: 100, heartbeat: 600_000, probeDeadline: 300, pingDeadline: 60_000 },
    });
    await until((view) => allOnline(view) && wayOf(view) === 'a');
    first.line.freeze();
    const view = await until((one) => wayOf(one) === 'b');
    expect(view.state.phase).toBe('online');
    expect((await h1(b, { path: '/y' })).status).toBe(200);
  });

  it('messages never move to a relay whose address WeCom refuses', async () => {
    const first = await behindLine(a);
    const second = await identityAt(b);
    const { until } = start([first.identity, second], {
      untrustedSince: ({ port }) => (port === second.endpoint.port ? Date.now() : null),
    });
    await until((view) => allOnline(view) && wayOf(view) === 'a');
    first.line.freeze();
    first.line.cut();
    await until((view) => wayOf(view) === null);
    expect(() => tunnel?.egress.dispatcher()).toThrow('TUNNEL_OFFLINE');
    // Requests still come in by it.
    expect((await h1(b, { path: '/z' })).status).toBe(200);
  });

  it('the preferred one changes with the order, and nothing is connected anew for it', async () => {
    const [first, second] = [await identityAt(a), await identityAt(b)];
    const { until, tunnel: made } = start([first, second]);
    const before = await until((view) => allOnline(view) && wayOf(view) === 'a');
    expect(before.switched).toBeUndefined();
    made.setIdentities([second, first]);
    const after = await until((view) => wayOf(view) === 'b');
    expect(after.links?.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(made.linkStats().map(({ reconnects }) => reconnects)).toEqual([0, 0]);
  });

  it('a relay can be taken away and added without touching the other', async () => {
    const [first, second] = [await identityAt(a), await identityAt(b)];
    const { until, tunnel: made } = start([first, second]);
    const before = await until(allOnline);
    made.setIdentities([first]);
    await until(({ links }) => links?.length === 1);
    made.setIdentities([first, second]);
    const after = await until((view) => view.links?.length === 2 && allOnline(view));
    const generationOf = ({ links }: TunnelView): unknown => {
      const state = links?.[0]?.state;
      return state?.phase === 'online' ? state.generation : state;
    };
    expect(generationOf(after)).toBe(generationOf(before));
    expect(made.linkStats().map(({ reconnects }) => reconnects)).toEqual([0, 0]);
  });

  it('nothing is dialled any more once it has stopped, whatever changes', async () => {
    const [first, second] = [await identityAt(a), await identityAt(b)];
    const { until, tunnel: made } = start([first]);
    await until(allOnline);
    await made.stop(0);
    made.setIdentities([first, second]);
    made.connect();
    expect(made.linkStats().map(({ endpoint }) => endpoint)).toEqual([
      endpointText(first.endpoint),
    ]);
  });

  it('a relay that is taken away gets the answers of what it had asked', async () => {
    const held = Promise.withResolvers<() => void>();
    const [first, second] = [await identityAt(a), await identityAt(b)];
    const { until, tunnel: made } = start([first, second], {
      handleStream: (stream, headers) => {
        if (headers[':path'] !== '/slow') return echo(stream, headers);
        held.resolve(() => {
          stream.answer({ ':status': 200 }, 'late');
        });
      },
    });
    await until(allOnline);
    const asked = h1(b, { path: '/slow' });
    const answer = await held.promise;
    made.setIdentities([first]);
    answer();
    expect((await asked).body.toString()).toBe('late');
  });
});
