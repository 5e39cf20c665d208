import { X509Certificate } from 'node:crypto';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { controlPath } from '../../../common/tunnel/protocol.ts';
import type { DeviceIdentity } from './identity.ts';
import { echo, startClient, type TestClient } from './testing/client.ts';
import { startPeer, type TestPeer } from './testing/peer.ts';
import { createCa } from './testing/pki.ts';
import type { TunnelClientOptions } from './types.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

async function peerOf(): Promise<TestPeer> {
  const peer = await startPeer();
  open.push(peer);
  return peer;
}

function clientOf(
  identity: DeviceIdentity,
  options: Partial<TunnelClientOptions> = {},
): TestClient {
  const client = startClient(identity, { random: () => 0, ...options });
  open.push({ close: () => client.tunnel.stop(0) });
  client.tunnel.connect();
  return client;
}

/** Two thirds of this life are over. */
const old = { notBefore: Date.now() - 70 * DAY, notAfter: Date.now() + 20 * DAY };

const serial = (pem: string): string => new X509Certificate(pem).serialNumber;

describe('renewal', () => {
  it('stores the new certificate, then makes both sessions anew with it', async () => {
    const peer = await peerOf();
    const identity = peer.identity(old);
    const client = clientOf(identity);
    await peer.until(() => peer.calls.includes(controlPath.drain));
    const renewed = client.stored[0];
    if (renewed === undefined) throw new Error('nothing stored');
    expect(renewed.privateKey).toBe(identity.privateKey);
    await peer.until(
      () =>
        peer.attached.length === 2 &&
        peer.attached.every((each) => each.serial === serial(renewed.certificate)),
    );
    expect(new Set(peer.attached.map(({ generation }) => generation))).toEqual(new Set([2]));
    expect(client.phases).toEqual(['stopped', 'connecting', 'online']);
    expect(client.tunnel.view().state).toMatchObject({ phase: 'online', generation: 2 });
  });

  it('announces the end of the old sessions before it registers anew, and finishes their requests', async () => {
    const peer = await peerOf();
    const held = Promise.withResolvers<() => void>();
    let ahead = 0;
    const client = clientOf(peer.identity(), {
      now: () => Date.now() + ahead,
      handleStream: (stream, headers) => {
        if (headers[':path'] !== '/slow') return echo(stream, headers);
        held.resolve(() => {
          stream.answer({ ':status': 200 }, 'finished');
        });
      },
    });
    await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);
    await peer.until(() => peer.attached.length === 2);
    const answer = peer.get('/slow', peer.attached[0]?.session);
    const finish = await held.promise;
    ahead = 23 * HOUR;
    client.tunnel.wake();
    await peer.until(() => peer.attached.some(({ generation }) => generation === 2));
    finish();
    expect(await answer).toEqual({ status: 200, body: 'finished' });
    const last = peer.calls.slice(peer.calls.indexOf(controlPath.renew));
    expect(last.slice(0, 3)).toEqual([controlPath.renew, controlPath.drain, controlPath.register]);
  });

  it('leaves the link as it is when the relay will not renew, and asks again later', async () => {
    const peer = await peerOf();
    peer.behaviour.answer = (path) =>
      path === controlPath.renew ? { certificate: '', ca: '' } : null;
    const client = clientOf(peer.identity(old), { timing: { refusedRetry: 20 } });
    await peer.until(() => peer.calls.filter((path) => path === controlPath.renew).length >= 2);
    expect(client.stored).toEqual([]);
    expect(client.tunnel.view().state).toMatchObject({ phase: 'online', generation: 1 });
  });

  it('does not take a certificate that is not for its key', async () => {
    const peer = await peerOf();
    const foreign = { certificate: peer.ca.issue().certificate, ca: peer.ca.certificate };
    peer.behaviour.answer = (path) => (path === controlPath.renew ? foreign : null);
    const client = clientOf(peer.identity(old));
    await peer.until(() => peer.calls.includes(controlPath.renew));
    await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);
    expect(client.stored).toEqual([]);
  });

  it('does not take a certificate of another CA than comes with it', async () => {
    const peer = await peerOf();
    const identity = peer.identity(old);
    const { certificate } = createCa('Other').issue({ privateKey: identity.privateKey });
    const mixed = { certificate, ca: peer.ca.certificate };
    peer.behaviour.answer = (path) => (path === controlPath.renew ? mixed : null);
    const client = clientOf(identity);
    await peer.until(() => peer.calls.includes(controlPath.renew));
    await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);
    expect(client.stored).toEqual([]);
  });

  it('uses no certificate that could not be stored', async () => {
    const peer = await peerOf();
    const tried = Promise.withResolvers<void>();
    const client = clientOf(peer.identity(old), {
      onIdentity: async () => {
        tried.resolve();
        throw new Error('disk full');
      },
    });
    await tried.promise;
    await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);
    expect(peer.calls.filter((path) => path === controlPath.register)).toHaveLength(1);
  });

  it('lets messages on their way out finish on the old connection, and holds new ones until the next', async () => {
    const peer = await peerOf();
    const first = Promise.withResolvers<() => void>();
    peer.behaviour.connect = (stream, authority) => {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 200 });
      const answer = (): void => {
        stream.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      };
      stream.once('data', () => (authority === 'slow.test:80' ? first.resolve(answer) : answer()));
    };
    let ahead = 0;
    const client = clientOf(peer.identity(), { now: () => Date.now() + ahead });
    await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);
    const send = async (url: string): Promise<string> => {
      const { body } = await request(url, { dispatcher: client.tunnel.egress.dispatcher() });
      return body.text();
    };
    const slow = send('http://slow.test/');
    const finish = await first.promise;
    ahead = 23 * HOUR;
    client.tunnel.wake();
    // Control and two data sessions, and once more for the new certificate.
    await peer.until(() => peer.handshakes.length === 6);
    const next = send('http://next.test/');
    expect(peer.calls).not.toContain(controlPath.drain);
    finish();
    expect(await slow).toBe('ok');
    expect(await next).toBe('ok');
    const { calls } = peer;
    expect(calls.indexOf('CONNECT next.test:80')).toBeGreaterThan(
      calls.lastIndexOf(controlPath.register),
    );
    expect(calls.filter((path) => path === controlPath.register)).toHaveLength(2);
  });
});
