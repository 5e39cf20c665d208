import { expect } from 'vitest';
import { parseProxyUrl } from '../../main/core/tunnel/proxy/proxy.ts';
import { createDialer } from '../../main/core/tunnel/transport/dialer.ts';
import type { Dialer } from '../../main/core/tunnel/index.ts';
import { selfSignedPublic } from '../../relay/index.ts';
import { openConnectProxy, type ConnectProxy } from './support/connect-proxy.ts';
import { call } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import {
  bothSessions,
  HOST,
  startAgent,
  startRelay,
  type LocalAgent,
  type LocalRelay,
} from './support/world.ts';

/** A way to the relay by its control port, or by a WebSocket on its public port. */
type Way = (proxy: ConnectProxy, credentials?: string) => Dialer;

function wayOf(protocol: 'h2' | 'wss', relay: LocalRelay, publicCa: string): Way {
  return ({ port }, credentials = '') => {
    const proxy = parseProxyUrl(`http://${credentials}127.0.0.1:${port}`);
    if (proxy === null) throw new Error('no proxy');
    return createDialer({
      protocol,
      proxy: async () => [proxy],
      publicCa,
      wssEndpoint: () => ({ host: '127.0.0.1', port: relay.public.port }),
    });
  };
}

async function codeOf(agent: LocalAgent): Promise<string> {
  await until('an answer', 12_000, () => ['waiting', 'refused'].includes(agent.state().phase));
  const state = agent.state();
  return 'error' in state ? state.error.code : state.phase;
}

for (const protocol of ['h2', 'wss'] as const) {
  fault(
    {
      id: 'T30',
      fault: `corporate proxy under ${protocol}: 407, wrong password, refusal, drop, a CA in the middle`,
      injectedBy: 'CONNECT proxy of the test',
      promise:
        'authenticates, a code for each, a wrong password is shown once a minute at most, back after the drop',
    },
    async (figures) => {
      const publicTls = await selfSignedPublic([HOST, '127.0.0.1'], Date.now());
      const relay = await startRelay({}, { publicTls });
      const through = wayOf(protocol, relay, publicTls.cert);
      const to = { ...relay.public, ca: publicTls.cert };
      const identity = await relay.newDevice();
      const proxy = await openConnectProxy({ credentials: 'user:secret' });
      const agent = startAgent(identity, { dialer: through(proxy, 'user:secret@') });
      await bothSessions(agent);
      await until('sessions', 5_000, () => relay.sessions() === 2);
      expect((await call(to, { path: '/' })).name).toBe('200');
      figures['407, then'] = '200';
      const before = agent.history.length;
      proxy.drop();
      await until('noticed', 5_000, () =>
        agent.history.slice(before).some(({ phase }) => phase !== 'online'),
      );
      figures['back after the drop ms'] = await agent.reach('online', 15_000);
      proxy.refuse(403);
      proxy.drop();
      await until('noticed', 5_000, () => agent.state().phase === 'waiting');
      await until('asked again', 10_000, () => {
        const state = agent.state();
        return state.phase === 'waiting' && state.error.code.startsWith('PROXY_');
      });
      figures['403'] = await codeOf(agent);
      proxy.refuse(null);
      await agent.reach('online', 15_000);
      await agent.tunnel.stop(0);

      const shown = proxy.wrong();
      const stranger = startAgent(identity, { dialer: through(proxy, 'user:wrong@') });
      figures['wrong password'] = await codeOf(stranger);
      await pause(3_000);
      const state = stranger.state();
      const next = 'retryAt' in state ? (state.retryAt - Date.now()) / 1_000 : 0;
      figures['wrong passwords sent in 3 s'] = proxy.wrong() - shown;
      figures['next in s'] = next;
      await stranger.tunnel.stop(0);
      await proxy.close();
      figures['proxy gone'] = await codeOf(
        startAgent(identity, { dialer: through(proxy, 'user:secret@') }),
      );
      const inspectsWith = await selfSignedPublic(['127.0.0.1'], Date.now());
      const inspector = await openConnectProxy({ inspectsWith });
      figures['CA in the middle'] = await codeOf(
        startAgent(identity, { dialer: through(inspector) }),
      );
      await inspector.close();
      expect(figures).toMatchObject({
        '403': 'PROXY_REFUSED',
        'wrong password': 'PROXY_AUTH',
        'proxy gone': 'PROXY_UNREACHABLE',
        'CA in the middle': 'RELAY_UNTRUSTED',
      });
      expect(figures['wrong passwords sent in 3 s']).toBe(1);
      expect(next).toBeGreaterThan(55);
    },
  );
}
