import { X509Certificate, createPrivateKey } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { controlPath } from '../../../common/tunnel/protocol.ts';
import type { EnrolmentToken } from '../../../common/tunnel/token.ts';
import { certificateFingerprint } from '../certificates/index.ts';
import { enrol } from './enrol.ts';
import { startClient } from './testing/client.ts';
import { startPeer, type PeerOptions, type TestPeer } from './testing/peer.ts';
import { createCa } from './testing/pki.ts';

const facts = { hostname: '办公室-pc', platform: 'linux', version: '1.0.0' };
const open: TestPeer[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function peerOf(options?: PeerOptions): Promise<{ peer: TestPeer; token: EnrolmentToken }> {
  const peer = await startPeer(options);
  open.push(peer);
  const { secret } = peer.behaviour;
  const ca = certificateFingerprint(peer.ca.certificate);
  return { peer, token: { ...peer.endpoint, ca, secret } };
}

describe('enrol', () => {
  it('gets a certificate for a key of its own, with which the tunnel opens', async () => {
    const { peer, token } = await peerOf();
    const identity = await enrol({ token, facts });
    expect(identity).toMatchObject({
      deviceId: 'device-1',
      tunnel: 'corp',
      domains: ['bot.example.com'],
      endpoint: peer.endpoint,
      ca: peer.ca.certificate,
    });
    const certificate = new X509Certificate(identity.certificate);
    expect(certificate.checkPrivateKey(createPrivateKey(identity.privateKey))).toBe(true);
    const client = startClient(identity);
    client.tunnel.connect();
    await client.phase('online');
    await client.tunnel.stop(0);
  });

  it('says what the relay says of the token', async () => {
    const { token } = await peerOf();
    const wrong = { ...token, secret: 'x'.repeat(32) };
    await expect(enrol({ token: wrong, facts })).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' });
  });

  it('sends the secret to nobody but the relay of the token', async () => {
    const { peer, token } = await peerOf();
    const elsewhere = { ...token, ca: '0'.repeat(64) };
    await expect(enrol({ token: elsewhere, facts })).rejects.toMatchObject({
      code: 'RELAY_UNTRUSTED',
      params: { endpoint: `127.0.0.1:${token.port}` },
    });
    expect(peer.calls).toEqual([]);
  });

  it('is not fooled by a stranger who shows the right CA beside a leaf of his own', async () => {
    const ca = createCa();
    // Same name of the issuer as the real CA, another key.
    const stranger = createCa().issue({ hosts: ['127.0.0.1'] });
    const { peer, token } = await peerOf({ ca, server: stranger });
    await expect(enrol({ token, facts })).rejects.toMatchObject({ code: 'RELAY_UNTRUSTED' });
    expect(peer.calls).toEqual([]);
  });

  it('refuses a certificate that is not for its key', async () => {
    const { peer, token } = await peerOf();
    const foreign = peer.ca.issue().certificate;
    peer.behaviour.answer = (path) =>
      path === controlPath.enrol
        ? { deviceId: 'd', tunnel: 't', domains: [], certificate: foreign, ca: peer.ca.certificate }
        : null;
    await expect(enrol({ token, facts })).rejects.toMatchObject({ code: 'CERT_UNKNOWN_CA' });
  });

  it('can be given up', async () => {
    const { peer, token } = await peerOf();
    peer.behaviour.mute = [controlPath.enrol];
    const controller = new AbortController();
    const enrolling = enrol({ token, facts, signal: controller.signal });
    void peer
      .until(() => peer.calls.length === 1)
      .then(() => controller.abort(new Error('enough')));
    await expect(enrolling).rejects.toThrow('enough');
  });

  it('says when nobody answers there', async () => {
    const { token } = await peerOf();
    const closed = { ...token, port: 1 };
    await expect(enrol({ token: closed, facts })).rejects.toMatchObject({ code: 'RELAY_REFUSED' });
  });
});
