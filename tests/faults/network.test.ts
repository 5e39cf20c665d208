import http, { type Server } from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect } from 'vitest';
import type { DeviceIdentity } from '../../main/core/tunnel/index.ts';
import { selfSignedPublic } from '../../relay/index.ts';
import { openNamespace } from './support/netns.ts';
import { patternHash } from './support/origin.ts';
import { call } from './support/public.ts';
import { fault, LEFT_OUT } from './support/rows.ts';
import { until } from './support/until.ts';
import { openWire } from './support/wire.ts';
import {
  bothSessions,
  startAgent,
  startAgentProcess,
  startRelay,
  startRelayProcess,
  through,
} from './support/world.ts';

const MB = 1 << 20;
/** Stream window of the protocol: one stream carries at most window / round trip. */
const WINDOW_MB = 1;

for (const roundTripMs of [40, 200]) {
  fault(
    {
      id: 'T23',
      fault: `round trip of ${roundTripMs} ms`,
      injectedBy: 'user-land wire that delays',
      promise: 'one stream reaches half of window / round trip; bodies arrive whole',
    },
    async (figures) => {
      const relay = await startRelay();
      const wire = await openWire(relay.controlPort);
      const agent = startAgent(through(await relay.newDevice(), wire.port));
      await bothSessions(agent);
      wire.delay(roundTripMs);
      const bytes = (roundTripMs === 40 ? 24 : 8) * MB;
      const bound = WINDOW_MB / (roundTripMs / 1_000);
      const one = await call(relay.public, { path: `/down?bytes=${bytes}`, hashOnly: true });
      const rate = bytes / MB / (one.ms / 1_000);
      const began = performance.now();
      const five = await Promise.all(
        Array.from({ length: 5 }, () =>
          call(relay.public, { path: `/down?bytes=${bytes / 4}`, hashOnly: true }),
        ),
      );
      figures['bound MB/s'] = bound;
      figures['one stream MB/s'] = rate;
      figures['five streams MB/s'] = (5 * bytes) / 4 / MB / ((performance.now() - began) / 1_000);
      expect(one.sha256).toBe(patternHash(bytes));
      for (const { sha256 } of five) expect(sha256).toBe(patternHash(bytes / 4));
      expect(rate).toBeGreaterThan(bound / 2);
      await wire.close();
    },
  );
}

fault(
  {
    id: 'T23',
    fault: '2 % of packets lost, both ways',
    injectedBy: 'network namespace, iptables -m statistic',
    promise: 'bodies arrive whole, no session is given up',
  },
  async (figures) => {
    const namespace = await openNamespace();
    if (namespace === null) {
      figures[LEFT_OUT] = 'no network namespaces here';
      return;
    }
    const relay = await startRelayProcess({ host: namespace.address });
    const agent = await startAgentProcess({ identity: await relay.newDevice() }, namespace.before);
    await until('sessions', 10_000, async () => (await relay.program().stats()).sessions === 2);
    const loss = ['-m', 'statistic', '--mode', 'random', '--probability', '0.02', '-j', 'DROP'];
    await namespace.rule('INPUT', ...loss);
    await namespace.rule('OUTPUT', ...loss);
    const bytes = 8 * MB;
    const body = await call(relay.public, { path: `/down?bytes=${bytes}`, hashOnly: true });
    figures['MB/s'] = bytes / MB / (body.ms / 1_000);
    figures['reconnects'] = (await agent.stats()).reconnects;
    expect(body.sha256).toBe(patternHash(bytes));
    expect(figures['reconnects']).toBe(0);
  },
);

async function listening(server: Server | https.Server | net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

fault(
  {
    id: 'T24',
    fault: 'name not found, nobody there, captive portal, address changed',
    injectedBy:
      'a name that cannot exist, a closed port, HTTP and HTTPS portals, a wire that leads elsewhere',
    promise: 'the right code for each, no crash, back when the way is right again',
  },
  async (figures) => {
    const relay = await startRelay();
    const identity = await relay.newDevice();
    const portal = http.createServer((_request, response) => {
      response.writeHead(302, { location: 'http://portal.test/login' }).end('<html>');
    });
    const { cert, key } = await selfSignedPublic(['portal.test', '127.0.0.1'], Date.now());
    const secure = https.createServer({ cert, key }, (_request, response) =>
      response.end('<html>'),
    );
    const closed = net.createServer();
    const closedPort = await listening(closed);
    closed.close();
    const ports = [await listening(portal), await listening(secure)];

    const codeOf = async (to: DeviceIdentity): Promise<string> => {
      const agent = startAgent(to);
      await until('answer', 12_000, () => ['waiting', 'refused'].includes(agent.state().phase));
      const state = agent.state();
      await agent.tunnel.stop(0);
      return 'error' in state ? state.error.code : state.phase;
    };
    figures['no such name'] = await codeOf({
      ...identity,
      endpoint: { host: 'relay.invalid', port: 2222 },
    });
    figures['closed port'] = await codeOf(through(identity, closedPort));
    figures['HTTP portal'] = await codeOf(through(identity, ports[0] ?? 0));
    figures['HTTPS portal'] = await codeOf(through(identity, ports[1] ?? 0));
    expect(figures).toEqual({
      'no such name': 'RELAY_NAME_NOT_FOUND',
      'closed port': 'RELAY_REFUSED',
      'HTTP portal': 'RELAY_NOT_CAUSEWAY',
      'HTTPS portal': expect.stringMatching(/^RELAY_(UNTRUSTED|NOT_CAUSEWAY)$/) as string,
    });

    const wire = await openWire(ports[0] ?? 0);
    const agent = startAgent(through(identity, wire.port));
    await agent.reach('waiting');
    wire.leadTo(relay.controlPort);
    figures['behind the portal, then through, ms'] = await agent.reach('online', 15_000);
    expect((await call(relay.public, { path: '/' })).name).toBe('200');
    await wire.close();
    portal.close();
    secure.close();
  },
);
