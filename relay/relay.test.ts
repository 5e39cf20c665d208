import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSignedPublic } from './ca/server-certificate.ts';
import { h1, h2 } from './testing/public.ts';
import { startRelay, type TestRelay } from './testing/relay.ts';

const opened: TestRelay[] = [];
const start = async (...args: Parameters<typeof startRelay>): Promise<TestRelay> => {
  const to = await startRelay(...args);
  opened.push(to);
  return to;
};
afterEach(async () => {
  for (const to of opened.splice(0)) await to.close();
});

describe('a relay', () => {
  it('lets what is under way finish when it is closed', async () => {
    const to = await start();
    const arrived = Promise.withResolvers<() => void>();
    const peer = await to.connect({
      onStream: (stream) => {
        arrived.resolve(() => {
          stream.respond({ ':status': 200 });
          stream.end('finished');
        });
      },
    });
    const pending = [h1(to, { path: '/' })];
    const finish = await arrived.promise;
    const closed = to.relay.close(20_000);
    await peer.event('drain');
    await expect(h2(to, { path: '/' })).rejects.toThrow(/ECONNREFUSED/);
    finish();
    expect((await pending[0])?.body.toString()).toBe('finished');
    await closed;
    await expect(fetch(`${to.relay.addresses.admin}/api/health`)).rejects.toThrow('fetch failed');
  });

  it('keeps tunnels and devices over a restart', async () => {
    const to = await start();
    const { deviceId } = await to.connect({ onStream: () => undefined });
    to.relay.createTunnel({ name: 'other', domains: ['other.test'] });
    await to.relay.close(0);
    const again = await start({}, { dataDir: to.dataDir });
    expect(again.relay.caPem).toBe(to.relay.caPem);
    expect(again.relay.listTunnels()).toMatchObject([
      { name: 'acme', devices: [{ id: deviceId, online: false }] },
      { name: 'other', domains: ['other.test'] },
    ]);
  });

  it('refuses a directory that another one uses, and leaves that one alone', async () => {
    const to = await start();
    await expect(startRelay({}, { dataDir: to.dataDir })).rejects.toThrow('DATA_DIR_IN_USE');
    expect((await h1(to, { path: '/' })).status).toBe(502);
  });

  it('names the port that is taken, and leaves nothing behind', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = { host: '127.0.0.1', port: (other.address() as AddressInfo).port };
    const free = { host: '127.0.0.1', port: 0 };
    const dataDir = await mkdtemp(join(tmpdir(), 'causeway-relay-'));
    for (const listen of [
      { public: taken, control: free, admin: free },
      { public: free, control: taken, admin: free },
      { public: free, control: free, admin: taken },
    ]) {
      await expect(startRelay({}, { dataDir, listen })).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        params: { port: taken.port },
      });
    }
    const to = await start({}, { dataDir });
    expect((await h1(to, { path: '/' })).status).toBe(502);
    other.close();
  });

  it('refuses a public certificate that is none, and patterns that are none', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'causeway-relay-'));
    const publicTls = { cert: 'no certificate', key: 'no key' };
    await expect(startRelay({}, { dataDir, publicTls })).rejects.toThrow('CONFIG_INVALID');
    await expect(startRelay({}, { dataDir, egressAllow: ['*'] })).rejects.toThrow('BAD_INPUT');
    await rm(dataDir, { recursive: true });
  });

  it('shows a new public certificate without a restart', async () => {
    const to = await start();
    const next = await selfSignedPublic(['bot.test'], Date.now());
    to.relay.reloadPublicTls(next);
    expect((await h1({ ...to, publicCa: next.cert }, { path: '/' })).status).toBe(502);
    const socket = tls.connect({ port: to.publicPort, ca: to.publicCa, servername: 'bot.test' });
    await expect(once(socket, 'secureConnect')).rejects.toThrow(/certificate/);
    expect(() => to.relay.reloadPublicTls({ cert: 'no', key: 'no' })).toThrow(/PEM|no start line/i);
    expect((await h1({ ...to, publicCa: next.cert }, { path: '/' })).status).toBe(502);
    const peer = await to.connect({ onStream: () => undefined });
    expect(peer.registration.publicCertificate).toBe(next.cert);
  });

  it('lets a gate refuse requests and upgrades before the tunnel', async () => {
    const to = await start({
      gates: [
        (head) =>
          head.path.startsWith('/private') ? { status: 403, code: 'PATH_NOT_ALLOWED' } : null,
      ],
    });
    let reached = 0;
    await to.connect({
      onStream: (stream) => {
        reached += 1;
        stream.respond({ ':status': 204 }, { endStream: true });
      },
    });
    const refused = await h1(to, { path: '/private/x' });
    expect(refused.status).toBe(403);
    expect(refused.headers['x-causeway-error']).toBe('PATH_NOT_ALLOWED');
    expect((await h2(to, { path: '/public' })).status).toBe(204);
    expect(reached).toBe(1);
  });
});
