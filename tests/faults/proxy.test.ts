import { expect } from 'vitest';
import { parseProxyUrl } from '../../main/core/tunnel/proxy/proxy.ts';
import { createDialer } from '../../main/core/tunnel/transport/dialer.ts';
import type { Dialer } from '../../main/core/tunnel/index.ts';
import { selfSignedPublic } from '../../relay/index.ts';
import { openConnectProxy, type ConnectProxy } from './support/connect-proxy.ts';
import { call } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import { bothSessions, startAgent, startRelay, type LocalAgent } from './support/world.ts';

function through({ port }: ConnectProxy, credentials = ''): Dialer {
  const proxy = parseProxyUrl(`http://${credentials}127.0.0.1:${port}`);
  if (proxy === null) throw new Error('no proxy');
  return createDialer({ protocol: 'h2', proxy: async () => [proxy] });
}

async function codeOf(agent: LocalAgent): Promise<string> {
  await until('an answer', 12_000, () => ['waiting', 'refused'].includes(agent.state().phase));
  const state = agent.state();
  return 'error' in state ? state.error.code : state.phase;
}

fault(
  {
    id: 'T30',
    fault: 'corporate proxy: 407, wrong password, refusal, drop, a CA in the middle',
    injectedBy: 'CONNECT proxy of the test',
    promise: 'authenticates, a code for each, no storm, back after the drop',
  },
  async (figures) => {
    const relay = await startRelay();
    const identity = await relay.newDevice();
    const proxy = await openConnectProxy({ credentials: 'user:secret' });
    const agent = startAgent(identity, { dialer: through(proxy, 'user:secret@') });
    await bothSessions(agent);
    expect((await call(relay.public, { path: '/' })).name).toBe('200');
    figures['407, then'] = '200';
    proxy.drop();
    await until('noticed', 5_000, () => agent.state().phase !== 'online');
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

    const before = proxy.asked();
    const stranger = startAgent(identity, { dialer: through(proxy, 'user:wrong@') });
    figures['wrong password'] = await codeOf(stranger);
    await pause(3_000);
    figures['asked in 3 s'] = proxy.asked() - before;
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
    expect(figures['asked in 3 s']).toBeLessThan(24);
  },
);
