import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { startClient, type TestClient } from './testing/client.ts';
import { startPeer, type TestPeer } from './testing/peer.ts';
import { createCa } from './testing/pki.ts';

const open: { close(): Promise<void> }[] = [];
const ca = createCa('Far CA');

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

async function far(kind: 'http' | 'https', hosts = ['far.test']): Promise<number> {
  const onRequest: http.RequestListener = (incoming, response) => {
    response.setHeader('x-host', incoming.headers.host ?? '');
    incoming.pipe(response);
  };
  const issued = ca.issue({ hosts });
  const server =
    kind === 'http'
      ? http.createServer(onRequest)
      : https.createServer({ key: issued.privateKey, cert: issued.certificate }, onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
  return (server.address() as AddressInfo).port;
}

/** A link whose relay connects every CONNECT to the port asked for, on loopback, whatever the host. */
async function linkOf(): Promise<{ peer: TestPeer; client: TestClient }> {
  const peer = await startPeer();
  peer.behaviour.connect = (stream, authority) => {
    const socket = net.connect(Number(authority.split(':').at(-1)), '127.0.0.1', () => {
      stream.respond({ ':status': 200 });
      stream.pipe(socket).pipe(stream);
    });
    socket.on('error', () => stream.destroy());
    stream.on('close', () => socket.destroy());
    stream.on('error', () => socket.destroy());
  };
  const client = startClient(peer.identity(), {
    random: () => 0,
    timing: { backoffBase: 5 },
    egressCa: ca.certificate,
  });
  open.push(peer, { close: () => client.tunnel.stop(0) });
  client.tunnel.connect();
  await client.phase('online');
  return { peer, client };
}

function post(client: TestClient, url: string, body: string | Buffer): ReturnType<typeof request> {
  return request(url, { method: 'POST', body, dispatcher: client.tunnel.egress.dispatcher() });
}

describe('egress', () => {
  it('runs TLS from here to the far end, inside a CONNECT stream', async () => {
    const { peer, client } = await linkOf();
    const port = await far('https');
    const answer = await post(client, `https://far.test:${port}/send`, 'hello');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['x-host']).toBe(`far.test:${port}`);
    expect(await answer.body.text()).toBe('hello');
    expect(peer.calls).toContain(`CONNECT far.test:${port}`);
    expect(client.tunnel.egress).toMatchObject({ via: 'relay' });
    expect(client.tunnel.egress.ip()).toBe('192.0.2.7');
  });

  it('keeps a connection for the next request', async () => {
    const { peer, client } = await linkOf();
    const port = await far('https');
    for (const text of ['one', 'two', 'three']) {
      const answer = await post(client, `https://far.test:${port}/`, text);
      expect(await answer.body.text()).toBe(text);
    }
    const connects = peer.calls.filter((call) => call.startsWith('CONNECT')).length;
    // Just after an answer undici may still hold its connection busy, so two are right as well.
    expect(connects).toBeLessThan(3);
  });

  it('carries a large body both ways, and plain HTTP', async () => {
    const { client } = await linkOf();
    const big = Buffer.alloc(5 << 20, 'causeway ');
    for (const kind of ['http', 'https'] as const) {
      const port = await far(kind);
      const answer = await post(client, `${kind}://far.test:${port}/`, big);
      expect(big.equals(Buffer.from(await answer.body.arrayBuffer()))).toBe(true);
    }
  });

  it('checks the far end', async () => {
    const { client } = await linkOf();
    const port = await far('https', ['other.test']);
    await expect(post(client, `https://far.test:${port}/`, 'x')).rejects.toMatchObject({
      code: 'EGRESS_UNREACHABLE',
      params: { host: 'far.test', port },
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('says what the relay says', async () => {
    const { peer, client } = await linkOf();
    peer.behaviour.connect = (stream) => {
      const error = { code: 'EGRESS_NOT_ALLOWED', params: { host: 'far.test', port: 443 } };
      stream.respond({ ':status': 403 });
      stream.end(JSON.stringify({ error }));
    };
    await expect(post(client, 'https://far.test/', 'x')).rejects.toMatchObject({
      code: 'EGRESS_NOT_ALLOWED',
    });
    peer.behaviour.connect = (stream) => {
      stream.respond({ ':status': 502 });
      stream.end('<html>');
    };
    await expect(post(client, 'https://far.test/', 'x')).rejects.toMatchObject({
      code: 'EGRESS_UNREACHABLE',
    });
  });

  it('fails at once while the tunnel is down, and works again when it is back', async () => {
    const { client } = await linkOf();
    const port = await far('https');
    await client.tunnel.disconnect();
    await expect(post(client, `https://far.test:${port}/`, 'x')).rejects.toMatchObject({
      code: 'TUNNEL_OFFLINE',
    });
    client.tunnel.connect();
    await client.phase('online');
    expect((await post(client, `https://far.test:${port}/`, 'x')).statusCode).toBe(200);
  });

  it('ends a request whose tunnel is lost, instead of leaving it hanging', async () => {
    const { peer, client } = await linkOf();
    const reached = Promise.withResolvers<void>();
    peer.behaviour.connect = () => reached.resolve();
    const sending = post(client, 'https://far.test/', 'x');
    void reached.promise.then(() => peer.cut());
    await expect(sending).rejects.toMatchObject({ code: 'TUNNEL_OFFLINE' });
  });
});
