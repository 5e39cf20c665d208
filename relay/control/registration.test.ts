import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { PROTOCOL_VERSION, controlPath } from '../../common/tunnel/protocol.ts';
import { enrolDevice, makeCsr, testKey, type TestIdentity } from '../testing/identity.ts';
import { connectPeer, type Peer, type PeerOptions } from '../testing/peer.ts';
import { h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
let identity: TestIdentity;
const peers: Peer[] = [];

beforeEach(async () => {
  to = await startRelay();
  identity = await enrolDevice(to.relay.createToken('acme', 60_000));
});
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await to.close();
});

const says =
  (text: string): PeerOptions['onStream'] =>
  (stream) => {
    stream.respond({ ':status': 200 });
    stream.end(text);
  };
const connect = async (onStream: PeerOptions['onStream'], sessions = 1): Promise<Peer> => {
  const peer = await connectPeer({ identity, onStream, sessions });
  peers.push(peer);
  return peer;
};
const register = {
  protocol: PROTOCOL_VERSION,
  version: '1.2.3',
  sessions: 2,
  clock: 0,
  attempt: 0,
};

describe('registration', () => {
  it('tells the device who and where it is', async () => {
    const { registration } = await connect(says(''));
    expect(registration).toMatchObject({
      generation: 1,
      relay: { name: 'test', fixedIp: '192.0.2.7' },
      tunnel: { name: 'acme', domains: ['bot.test', '*.wild.test'] },
      publicUrls: [`https://bot.test:${to.publicPort}`],
      heartbeatMs: 30_000,
    });
    expect(registration.publicCertificate).toBe(to.publicCa);
    expect(to.relay.listTunnels()[0]).toMatchObject({
      sessions: 1,
      devices: [{ id: identity.deviceId, online: true, version: '0.0.0' }],
    });
  });

  it('answers heartbeats with its clock', async () => {
    const peer = await connect(says(''));
    const { generation } = peer.registration;
    const before = Date.now();
    const { body } = await peer.call(controlPath.heartbeat, { generation, clock: 5 });
    expect((body as { clock: number }).clock).toBeGreaterThanOrEqual(before);
  });

  it('registers a connection once, however often it asks', async () => {
    const peer = await connect(says('still here'));
    const again = Array.from({ length: 5 }, () => peer.call(controlPath.register, register));
    for (const { body } of await Promise.all(again)) {
      expect(body).toMatchObject({ error: { code: 'BAD_INPUT', params: { field: 'register' } } });
    }
    const { generation } = peer.registration;
    const { body } = await peer.call(controlPath.heartbeat, { generation, clock: 5 });
    expect(body).toMatchObject({ clock: expect.any(Number) as number });
  });

  it('refuses another protocol, malformed bodies and unknown paths, and lives on', async () => {
    const peer = await connect(says('still here'));
    const codeOf = async (path: string, body: unknown): Promise<unknown> =>
      (await peer.call(path, body)).body;
    expect(await codeOf(controlPath.register, { ...register, protocol: 2 })).toMatchObject({
      error: { code: 'PROTOCOL_VERSION', params: { device: 2, relay: 1 } },
    });
    expect(await codeOf(controlPath.register, { ...register, sessions: 99 })).toMatchObject({
      error: { code: 'BAD_INPUT', params: { field: 'sessions' } },
    });
    expect(await codeOf(controlPath.heartbeat, [])).toMatchObject({ error: { code: 'BAD_INPUT' } });
    expect(await codeOf('/v1/nothing', {})).toMatchObject({ error: { code: 'UNKNOWN_CALL' } });
    expect(await codeOf(controlPath.enrol, {})).toMatchObject({ error: { code: 'UNKNOWN_CALL' } });
    const large = { ...register, version: 'x'.repeat(200_000) };
    expect(await codeOf(controlPath.register, large)).toMatchObject({
      error: { code: 'TOO_LARGE' },
    });
    expect((await h1(to, { path: '/' })).body.toString()).toBe('still here');
  });
});

describe('takeover', () => {
  it('displaces the old registration at once, with its sockets', async () => {
    const old = await connect(says('old'), 2);
    const gone = [old.controlSocket, ...old.dataSockets].map(closed);
    const next = await connect(says('new'));
    expect(next.registration.generation).toBe(old.registration.generation + 1);
    expect(await old.event('displaced')).toEqual({
      type: 'displaced',
      generation: next.registration.generation,
    });
    await Promise.all(gone);
    for (let count = 0; count < 4; count += 1) {
      expect((await h1(to, { path: '/' })).body.toString()).toBe('new');
    }
    expect(to.relay.listTunnels()[0]?.sessions).toBe(1);
  });

  it('leaves no trace after a hundred of them', async () => {
    for (let count = 0; count < 100; count += 1) await connect(says(String(count)));
    expect((await h1(to, { path: '/' })).body.toString()).toBe('99');
    expect(to.relay.listTunnels()[0]?.sessions).toBe(1);
  });

  it('closes a data connection of a generation that is over', async () => {
    const peer = await connect(says('current'));
    const stale = await peer.openData(peer.registration.generation - 1);
    expect(stale.attached).toBe(false);
    const ahead = await peer.openData(peer.registration.generation + 1);
    expect(ahead.attached).toBe(false);
    expect((await peer.openData()).attached).toBe(true);
  });

  it('counts on after a restart of the relay', async () => {
    const { registration } = await connect(says('before'));
    await to.relay.close(0);
    const again = await startRelay({}, { dataDir: to.dataDir });
    const { port } = new URL(`tcp://${again.relay.addresses.control}`);
    identity = { ...identity, port: Number(port) };
    const peer = await connect(says('after'));
    expect(peer.registration.generation).toBe(registration.generation + 1);
    await again.close();
  });

  it('lets devices of one tunnel share the load', async () => {
    const first = await connect(says('one'));
    identity = await enrolDevice(to.relay.createToken('acme', 60_000));
    await connect(says('two'));
    expect(first.events).toEqual([]);
    expect(to.relay.listTunnels()[0]?.sessions).toBe(2);
    first.close();
    await once(first.dataSockets[0]!, 'close');
    expect((await h1(to, { path: '/' })).body.toString()).toMatch(/one|two/);
  });

  it('lets a registration that drains finish what it carries', async () => {
    const arrived = Promise.withResolvers<() => void>();
    const old = await connect((stream) => {
      arrived.resolve(() => {
        stream.respond({ ':status': 200 });
        stream.end('finished');
      });
    });
    const pending = h1(to, { path: '/' });
    const finish = await arrived.promise;
    expect((await old.call(controlPath.drain, {})).status).toBe(200);
    await connect(says('new'));
    expect((await h1(to, { path: '/' })).body.toString()).toBe('new');
    const closed = once(old.dataSockets[0]!, 'close');
    finish();
    expect((await pending).body.toString()).toBe('finished');
    await closed;
  });

  it('sends a draining device nothing while another is there', async () => {
    const leaving = await connect(says('leaving'));
    identity = await enrolDevice(to.relay.createToken('acme', 60_000));
    await connect(says('staying'));
    await leaving.call(controlPath.drain, {});
    for (let count = 0; count < 6; count += 1) {
      expect((await h1(to, { path: '/' })).body.toString()).toBe('staying');
    }
  });
});

describe('revocation', () => {
  it('says so, cuts the live sessions and lets nobody in again', async () => {
    const peer = await connect(() => undefined, 2);
    const pending = h1(to, { path: '/' });
    const gone = [peer.controlSocket, ...peer.dataSockets].map(closed);
    to.relay.revokeDevice(identity.deviceId);
    expect(await peer.event('revoked')).toMatchObject({ error: { code: 'CERT_REVOKED' } });
    await Promise.all(gone);
    expect(await pending).toMatchObject({ status: 502 });
    await expect(connect(says('again'))).rejects.toThrow('CERT_REVOKED');
    expect(to.relay.listTunnels()[0]?.devices[0]).toMatchObject({ online: false });
    expect(to.relay.listTunnels()[0]?.devices[0]?.revokedAt).toBeTypeOf('number');
  });
});

describe('renewal', () => {
  it('signs for the identity of the connection, and both certificates hold', async () => {
    const peer = await connect(says('ok'));
    const { status, body } = await peer.call(controlPath.renew, { csr: makeCsr(await testKey()) });
    expect(status).toBe(200);
    const { certificate } = body as { certificate: string };
    const x509 = new X509Certificate(certificate);
    expect(x509.subject).toBe(`CN=${identity.deviceId}`);
    expect(x509.subjectAltName).toBe(`URI:urn:causeway:device:${identity.deviceId}`);
    expect(x509.fingerprint256).not.toBe(new X509Certificate(identity.cert).fingerprint256);
    identity = { ...identity, cert: certificate };
    const renewed = await connect(says('renewed'));
    expect(renewed.registration.generation).toBe(peer.registration.generation + 1);
  });

  it('refuses a CSR that is none', async () => {
    const peer = await connect(says('ok'));
    const csr = `-----BEGIN CERTIFICATE REQUEST-----\n${'A'.repeat(80)}\n-----END CERTIFICATE REQUEST-----`;
    expect((await peer.call(controlPath.renew, { csr })).body).toMatchObject({
      error: { code: 'CSR_INVALID' },
    });
  });
});

it('announces its own end', async () => {
  const peer = await connect(says('ok'));
  const drained = peer.event('drain');
  await Promise.all([to.relay.close(0), drained]);
  expect(await drained).toMatchObject({ type: 'drain' });
});
