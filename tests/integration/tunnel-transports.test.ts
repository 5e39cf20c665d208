import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { decodeToken } from '../../common/tunnel/token.ts';
import { enrol, type DeviceIdentity, type Dialer } from '../../main/core/tunnel/index.ts';
import { parseProxyUrl, type ProxySource } from '../../main/core/tunnel/proxy/proxy.ts';
import { startClient, type TestClient } from '../../main/core/tunnel/testing/client.ts';
import { onDuplex } from '../../main/core/tunnel/testing/duplex.ts';
import { createDialer, type TransportOptions } from '../../main/core/tunnel/transport/dialer.ts';
import { selfSignedPublic } from '../../relay/index.ts';
import { h1 } from '../../relay/testing/public.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';
import { startConnectProxy, type ConnectProxy } from '../support/connect-proxy.ts';

let to: TestRelay;
let identity: DeviceIdentity;
beforeAll(async () => {
  to = await startRelay();
  const token = decodeToken(to.relay.createToken('acme', 60_000));
  identity = await enrol({ token, facts: { hostname: 'h', platform: 'linux', version: '0' } });
});
afterAll(async () => {
  await to.close();
});

const direct: ProxySource = async () => ['direct'];
const wss = (): Pick<TransportOptions, 'protocol' | 'publicCa' | 'wssEndpoint'> => ({
  protocol: 'wss',
  publicCa: to.publicCa,
  wssEndpoint: () => ({ host: '127.0.0.1', port: to.publicPort }),
});
const through = (proxy: ConnectProxy, login = ''): ProxySource => {
  const parsed = parseProxyUrl(`http://${login}127.0.0.1:${proxy.port}`);
  return async () => [parsed ?? 'direct'];
};

function connect(dialer: Dialer, options: Parameters<typeof startClient>[1] = {}): TestClient {
  const client = startClient(identity, { dialer, ...options });
  onTestFinished(() => client.tunnel.stop(0));
  client.tunnel.connect();
  return client;
}

async function proxyOf(login?: string): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(login);
  onTestFinished(() => proxy.close());
  return proxy;
}

const errorOf = async (client: TestClient): Promise<unknown> => {
  const view = await client.until(({ state }) => 'error' in state);
  return 'error' in view.state ? view.state.error.code : null;
};

/** The relay knows of a session a moment after the client has answered for it. */
async function reaches(path: string): Promise<void> {
  await expect.poll(async () => (await h1(to, { path })).body.toString()).toBe(`GET ${path}`);
}

describe('wss', () => {
  it('carries requests and large bodies by the public port alone', async () => {
    const client = connect(createDialer({ ...wss(), proxy: direct }), {
      handleStream: onDuplex((stream) => {
        stream.respond({ ':status': 200 });
        stream.pipe(stream);
      }),
    });
    await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);
    await expect.poll(() => to.relay.listTunnels()[0]?.sessions).toBe(2);
    const body = randomBytes(6 << 20);
    const answer = await h1(to, { path: '/echo', body });
    expect(answer.status).toBe(200);
    const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(hash(answer.body)).toBe(hash(body));
  });

  it('drains and comes back', async () => {
    const client = connect(createDialer({ ...wss(), proxy: direct }));
    await client.phase('online');
    await client.tunnel.disconnect();
    expect(client.tunnel.view().state.phase).toBe('stopped');
    client.tunnel.connect();
    await client.phase('online');
    await reaches('/again');
  });

  it('does not believe a stranger on the public port', async () => {
    const { publicCa: _, ...rest } = wss();
    expect(await errorOf(connect(createDialer({ ...rest, proxy: direct })))).toBe(
      'RELAY_UNTRUSTED',
    );
  });

  it.each([
    ['another name', ['other.example'], 'RELAY_WRONG_NAME'],
    ['a web server', ['127.0.0.1'], 'RELAY_NOT_CAUSEWAY'],
  ])('says what it met: %s', async (_, names, code) => {
    const tls = await selfSignedPublic(names, Date.now());
    const server = https.createServer(tls, (_request, response) => response.end('portal'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const dialer = createDialer({
      protocol: 'wss',
      proxy: direct,
      publicCa: tls.cert,
      wssEndpoint: () => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }),
    });
    expect(await errorOf(connect(dialer))).toBe(code);
  });
});

describe.each([
  ['h2', () => ({ protocol: 'h2' as const })],
  ['wss', wss],
])('a proxy under %s', (_, transport) => {
  it('is asked for the relay by its name, and logged in to once it asks', async () => {
    const proxy = await proxyOf('zhang:s3cret:x');
    const source = through(proxy, 'zhang:s3cret%3Ax@');
    const client = connect(createDialer({ ...transport(), proxy: source }));
    await client.phase('online');
    await reaches('/p');
    expect(proxy.asked[0]?.authorization).toBe(null);
    expect(proxy.asked[1]?.authorization).toMatch(/^Basic /);
    expect(new Set(proxy.asked.map(({ authority }) => authority)).size).toBe(1);
  });

  it('that drops its connections is gone through again', async () => {
    const proxy = await proxyOf();
    const dialer = createDialer({ ...transport(), proxy: through(proxy) });
    const client = connect(dialer, { random: () => 0 });
    await client.phase('online');
    const { reconnects } = client.tunnel.stats();
    proxy.drop();
    await client.until(
      ({ state }) => state.phase === 'online' && client.tunnel.stats().reconnects > reconnects,
    );
    await reaches('/back');
    expect(proxy.open()).toBeGreaterThan(0);
  });

  it('that refuses is told from one that wants a login and one that is not there', async () => {
    const proxy = await proxyOf('zhang:right');
    const error = (login: string): Promise<unknown> =>
      errorOf(connect(createDialer({ ...transport(), proxy: through(proxy, login) })));
    expect(await error('')).toBe('PROXY_AUTH');
    expect(await error('zhang:wrong@')).toBe('PROXY_AUTH');
    proxy.refuse(403);
    expect(await error('zhang:right@')).toBe('PROXY_REFUSED');
    const gone = await startConnectProxy();
    await gone.close();
    const dialer = createDialer({ ...transport(), proxy: through(gone) });
    expect(await errorOf(connect(dialer))).toBe('PROXY_UNREACHABLE');
  });
});
