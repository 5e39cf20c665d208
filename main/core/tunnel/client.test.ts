import { afterEach, describe, expect, it } from 'vitest';
import { alpn, controlPath } from '../../../common/tunnel/protocol.ts';
import { startClient, type TestClient } from './testing/client.ts';
import { startPeer, type PeerOptions, type TestPeer } from './testing/peer.ts';
import { startWire, type Wire } from './testing/wire.ts';
import type { DeviceIdentity } from './identity.ts';
import type { TunnelClientOptions } from './types.ts';

const quick = { backoffBase: 5, backoffCap: 20 } as const;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function peerOf(options?: PeerOptions): Promise<TestPeer> {
  const peer = await startPeer(options);
  open.push(peer);
  return peer;
}

function clientOf(
  identity: DeviceIdentity,
  options: Partial<TunnelClientOptions> = {},
): TestClient {
  const client = startClient(identity, { timing: quick, random: () => 0, ...options });
  open.push({ close: () => client.tunnel.stop(0) });
  return client;
}

const whole = (client: TestClient): Promise<unknown> =>
  client.until((view) => view.state.phase === 'online' && view.state.sessions.live === 2);

/** A client's identity whose connections pass through a wire that can go silent. */
async function through(peer: TestPeer): Promise<{ identity: DeviceIdentity; wire: Wire }> {
  const wire = await startWire(peer.endpoint);
  open.push(wire);
  return {
    wire,
    identity: { ...peer.identity(), endpoint: { host: '127.0.0.1', port: wire.port } },
  };
}

describe('a link', () => {
  it('goes online with the first session and then holds two', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity());
    client.tunnel.connect();
    const first = await client.phase('online');
    expect(first).toMatchObject({
      state: { generation: 1, sessions: { live: 1, wanted: 2 } },
      relay: { name: 'Test peer', fixedIp: '192.0.2.7' },
      publicUrls: ['https://bot.example.com:8443'],
      device: { id: 'device-1', tunnel: 'corp' },
    });
    await whole(client);
    await peer.until(() => peer.attached.length === 2);
    expect(new Set(peer.attached.map(({ index }) => index))).toEqual(new Set([0, 1]));
    expect(client.phases).toEqual(['stopped', 'connecting', 'online']);
  });

  it('hands requests over and counts them', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity());
    client.tunnel.connect();
    await whole(client);
    expect(await peer.get('/a')).toEqual({ status: 200, body: 'GET /a' });
    expect(await peer.get('/b')).toEqual({ status: 200, body: 'GET /b' });
    expect(client.tunnel.stats()).toMatchObject({ requests: 2, up: true, reconnects: 0 });
  });

  it('measures round trip and clock difference with each heartbeat', async () => {
    const peer = await peerOf();
    peer.behaviour.heartbeatMs = 20;
    const client = clientOf(peer.identity());
    client.tunnel.connect();
    await client.phase('online');
    peer.behaviour.skewMs = 90_000;
    const view = await client.until(
      ({ state }) => state.phase === 'online' && (state.clockSkewMs ?? 0) > 60_000,
    );
    expect(view.state).toMatchObject({ phase: 'online' });
    expect(client.tunnel.stats().rttMs).toBeGreaterThan(0);
  });

  it('redials one lost session while the other carries on', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity());
    client.tunnel.connect();
    await whole(client);
    peer.attached[0]?.session.destroy();
    await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 1);
    await whole(client);
    expect(client.phases).toEqual(['stopped', 'connecting', 'online']);
    expect(peer.calls.filter((path) => path === controlPath.register)).toHaveLength(1);
  });

  it('comes back after every connection was cut', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity());
    client.tunnel.connect();
    await whole(client);
    peer.cut();
    await client.phase('waiting');
    await whole(client);
    expect(client.tunnel.stats().reconnects).toBe(1);
    expect((await peer.get('/back')).body).toBe('GET /back');
  });

  it('keeps serving on its data sessions when only the control connection is cut', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity(), {
      random: () => 0.5,
      timing: { ...quick, backoffBase: 300 },
    });
    client.tunnel.connect();
    await whole(client);
    const session = peer.attached[0]?.session;
    peer.cut(alpn.control);
    await client.phase('waiting');
    expect((await peer.get('/meanwhile', session)).body).toBe('GET /meanwhile');
    await whole(client);
    expect(peer.attached.every(({ generation }) => generation === 2)).toBe(true);
  });
});

describe('silence', () => {
  it('is noticed by the heartbeat when nobody says anything', async () => {
    const peer = await peerOf();
    peer.behaviour.heartbeatMs = 30;
    const { identity, wire } = await through(peer);
    const client = clientOf(identity, { timing: { ...quick, pingDeadline: 2_000 } });
    client.tunnel.connect();
    await whole(client);
    wire.blackhole();
    const { state } = await client.phase('waiting');
    expect(state).toMatchObject({ phase: 'waiting', error: { code: 'SESSION_LOST' } });
  });

  it('is noticed at once when the machine wakes, and makes one reconnection', async () => {
    const peer = await peerOf();
    const { identity, wire } = await through(peer);
    const client = clientOf(identity, { timing: { ...quick, probeDeadline: 100 } });
    client.tunnel.connect();
    await whole(client);
    wire.blackhole();
    client.tunnel.wake();
    await client.phase('waiting');
    await client.phase('connecting');
    expect(client.phases.filter((phase) => phase === 'waiting')).toHaveLength(1);
  });

  it('leaves a live link alone when the machine wakes', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity());
    client.tunnel.connect();
    await whole(client);
    client.tunnel.wake();
    expect((await peer.get('/awake')).status).toBe(200);
    expect(client.phases).toEqual(['stopped', 'connecting', 'online']);
  });

  it('ends the wait for the next try when the machine wakes', async () => {
    const peer = await peerOf();
    const client = clientOf(
      { ...peer.identity(), endpoint: { host: '127.0.0.1', port: 1 } },
      { timing: { ...quick, backoffBase: 3_600_000, backoffCap: 3_600_000 }, random: () => 0.9 },
    );
    client.tunnel.connect();
    const { state } = await client.phase('waiting');
    expect(state).toMatchObject({ attempt: 1, error: { code: 'RELAY_REFUSED' } });
    client.tunnel.wake();
    const next = await client.until(
      ({ state }) => state.phase === 'waiting' && state.attempt === 2,
    );
    expect(next.state).toMatchObject({ error: { code: 'RELAY_REFUSED' } });
  });
});

describe('off', () => {
  it('tells the relay, finishes what is under way and closes', async () => {
    const peer = await peerOf();
    let release: (() => void) | undefined;
    const client = clientOf(peer.identity(), {
      handleStream: (stream) => {
        release = () => {
          stream.answer({ ':status': 200 }, 'late');
        };
        held.resolve();
      },
    });
    const held = Promise.withResolvers<void>();
    client.tunnel.connect();
    await whole(client);
    const answer = peer.get('/slow');
    await held.promise;
    const down = client.tunnel.disconnect();
    expect(client.tunnel.view().state).toEqual({ phase: 'stopped' });
    await peer.until(() => peer.calls.includes(controlPath.drain));
    release?.();
    expect(await answer).toEqual({ status: 200, body: 'late' });
    await down;
    await peer.until(() => peer.attached.length === 0);
  });

  it('does not wait for a relay that has gone silent', async () => {
    const peer = await peerOf();
    const { identity, wire } = await through(peer);
    const client = clientOf(identity, {
      timing: { ...quick, drain: 3_600_000, pingDeadline: 2_000, probeDeadline: 100 },
    });
    client.tunnel.connect();
    await whole(client);
    wire.blackhole();
    await client.tunnel.disconnect();
    expect(client.tunnel.view().state).toEqual({ phase: 'stopped' });
  });

  it('is left again by connect', async () => {
    const peer = await peerOf();
    const client = clientOf(peer.identity());
    client.tunnel.connect();
    await whole(client);
    await client.tunnel.disconnect();
    client.tunnel.connect();
    await whole(client);
    expect(peer.calls.filter((path) => path === controlPath.register)).toHaveLength(2);
  });

  it('leaves no socket and no timer behind when stopped', async () => {
    const before = resources();
    const peer = await startPeer();
    const client = startClient(peer.identity(), { timing: quick });
    client.tunnel.connect();
    await whole(client);
    await client.tunnel.stop();
    await peer.close();
    const after = resources();
    const more = [...after].filter(([name, count]) => count > (before.get(name) ?? 0));
    expect(more).toEqual([]);
  });
});

/** How many of each kind of resource keep the event loop alive. */
function resources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (/TCP|TLS|Timeout|GetAddrInfo/.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
