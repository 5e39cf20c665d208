import { afterEach, describe, expect, it } from 'vitest';
import { decodeToken } from '../../common/tunnel/token.ts';
import type { TunnelStream } from '../../gateway/types.ts';
import { startGateway } from '../../gateway/testing/harness.ts';
import { enrol } from '../../main/core/tunnel/index.ts';
import { startClient, type TestClient } from '../../main/core/tunnel/testing/client.ts';
import type { IngressLimits } from '../../relay/index.ts';
import { bothVersions, h1 } from '../../relay/testing/public.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';

let to: TestRelay;
let client: TestClient;

afterEach(async () => {
  await client.tunnel.stop(0);
  await to.close();
});

async function start(
  limits: Partial<IngressLimits>,
  options: Parameters<typeof startClient>[1] = {},
): Promise<void> {
  to = await startRelay({ limits });
  const identity = await enrol({
    token: decodeToken(to.relay.createToken('acme', 60_000)),
    facts: { hostname: 'rig', platform: 'linux', version: '0.0.0' },
  });
  client = startClient(identity, options);
  client.tunnel.connect();
  await client.phase('online');
  await sessions();
}

/** The relay knows of a session a moment after the client does. */
async function sessions(least = 1): Promise<void> {
  await expect.poll(() => to.relay.listTunnels()[0]?.sessions).toBeGreaterThanOrEqual(least);
}

const fields = (count: number, length: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, 'v'.repeat(length)]));

describe.each(bothVersions)(
  'the head of a request over %s, where the limits are wide',
  (_, call) => {
    it.each([
      ['so many fields', fields(230, 1)],
      ['such long ones', fields(20, 2_900)],
    ])('arrives with %s', async (_what, headers) => {
      await start({ headerBytes: 131_072, headerCount: 1_000 });
      const answer = await call(to, { path: '/fits', headers });
      expect([answer.status, answer.body.toString()]).toEqual([200, 'GET /fits']);
    });

    it.each([
      ['more fields than a data session carries', fields(300, 1)],
      ['longer ones', fields(21, 3_000)],
    ])('is refused by the relay itself with %s', async (_what, headers) => {
      await start({ headerBytes: 131_072, headerCount: 1_000 });
      expect(await call(to, { path: '/', headers })).toMatchObject({
        status: 431,
        headers: { 'x-causeway-source': 'relay', 'x-causeway-error': 'HEADERS_TOO_LARGE' },
      });
    });
  },
);

it('costs nobody else the data session, however large it is', async () => {
  const held: TunnelStream[] = [];
  const limits = { headerBytes: 131_072, headerCount: 1_000 };
  await start(limits, { handleStream: (stream) => void held.push(stream) });
  await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);
  await sessions(2);
  // One on each session.
  const others = [h1(to, { path: '/' }), h1(to, { path: '/' })];
  await expect.poll(() => held.length).toBe(2);
  const { status } = await h1(to, { path: '/', method: 'POST', headers: fields(30, 4_000) });
  for (const stream of held) stream.answer({ ':status': 200 }, '');
  expect((await Promise.all(others)).map((answer) => answer.status)).toEqual([200, 200]);
  expect(status).toBe(431);
});

describe('the head of an upgrade', () => {
  const upgrade = (length: number): Record<string, string> => ({
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    cookie: 'v'.repeat(length),
  });

  it.each([
    [12_000, 404, 'agent'],
    [20_000, 431, 'relay'],
    [40_000, 431, 'relay'],
  ])('with %d bytes of fields gets a %d by the %s', async (length, status, source) => {
    const gateway = await startGateway({});
    await start({}, { handleStream: gateway.handleStream });
    const answer = await h1(to, { path: '/nothing', headers: upgrade(length) });
    expect([answer.status, answer.headers['x-causeway-source']]).toEqual([status, source]);
  });
});
