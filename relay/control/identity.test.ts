import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { alpn, controlPath } from '../../common/tunnel/protocol.ts';
import { openAuthority } from '../ca/authority.ts';
import { authorityOf, forgeIdentity } from '../testing/certificates.ts';
import { callOnce, enrolDevice, type TestIdentity } from '../testing/identity.ts';
import { connectPeer, dialRelay } from '../testing/peer.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

const DAY = 86_400_000;
let to: TestRelay;
let identity: TestIdentity;
let clock = 0;

beforeAll(async () => {
  to = await startRelay({}, { now: () => Date.now() + clock });
  identity = await enrolDevice(to.relay.createToken('acme', 60_000));
});
afterAll(async () => {
  await to.close();
});

const heartbeat = { generation: 1, clock: 0 };
const refusal = (code: string): object => ({
  status: 403,
  body: { error: { code, params: {} }, retryAfterMs: 60_000, clock: expect.any(Number) as number },
});

describe('what the relay says of a certificate', () => {
  it('CERT_MISSING', async () => {
    const { host, port, ca } = identity;
    const answer = await callOnce(
      { host, port, ca },
      alpn.control,
      controlPath.register,
      heartbeat,
    );
    expect(answer).toEqual(refusal('CERT_MISSING'));
  });

  it('CERT_UNKNOWN_CA, whatever the certificate claims', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'causeway-other-ca-'));
    const other = await openAuthority(dir, Date.now);
    const forged = await forgeIdentity(identity, other, {
      notBefore: Date.now() - DAY,
      notAfter: Date.now() + DAY,
    });
    const answer = await callOnce(forged, alpn.control, controlPath.register, heartbeat);
    expect(answer).toEqual(refusal('CERT_UNKNOWN_CA'));
    await rm(dir, { recursive: true });
  });

  it.each([
    ['CERT_EXPIRED', -2 * DAY, -DAY],
    ['CERT_NOT_YET_VALID', DAY, 2 * DAY],
    ['CERT_UNKNOWN_DEVICE', -DAY, DAY],
  ])('%s', async (code, from, until) => {
    const now = Date.now();
    const forged = await forgeIdentity(identity, await authorityOf(to.dataDir), {
      notBefore: now + from,
      notAfter: now + until,
    });
    const answer = await callOnce(forged, alpn.control, controlPath.register, heartbeat);
    expect(answer).toEqual(refusal(code));
  });

  it('CERT_REVOKED, also once it has expired', async () => {
    const revoked = await enrolDevice(to.relay.createToken('acme', 60_000));
    to.relay.revokeDevice(revoked.deviceId);
    const call = (): Promise<unknown> =>
      callOnce(revoked, alpn.control, controlPath.register, heartbeat);
    expect(await call()).toEqual(refusal('CERT_REVOKED'));
    clock = 100 * DAY;
    expect(await call()).toEqual(refusal('CERT_REVOKED'));
    clock = 0;
  });

  it('asks again for each request, and closes the connection of a refused device', async () => {
    const peer = await connectPeer({ identity, onStream: () => undefined });
    expect((await peer.call(controlPath.heartbeat, { ...peer.registration })).status).toBe(200);
    clock = 100 * DAY;
    const gone = closed(peer.controlSocket);
    expect(await peer.call(controlPath.heartbeat, { ...peer.registration })).toEqual(
      refusal('CERT_EXPIRED'),
    );
    clock = 0;
    await gone;
    peer.close();
  });

  it('closes the data connection of a refused device', async () => {
    const forged = await forgeIdentity(identity, await authorityOf(to.dataDir), {
      notBefore: Date.now() - DAY,
      notAfter: Date.now() + DAY,
    });
    const socket = await dialRelay(forged, alpn.data);
    socket.resume();
    await closed(socket);
    expect(to.relay.listTunnels()[0]?.sessions).toBe(0);
  });
});

describe('the handshake', () => {
  const attempt = async (options: tls.ConnectionOptions): Promise<string> => {
    const { host, port, ca, key, cert } = identity;
    const socket = tls.connect({ host, port, ca, key, cert, ...options });
    try {
      await once(socket, 'secureConnect');
      socket.resume();
      await once(socket, 'close');
      return 'closed';
    } catch (thrown) {
      return (thrown as NodeJS.ErrnoException).code ?? 'error';
    } finally {
      socket.destroy();
    }
  };

  it('knows its own ALPN ids only', async () => {
    expect(await attempt({ ALPNProtocols: ['h2', 'http/1.1'] })).toMatch(/NO_APPLICATION_PROTOCOL/);
    expect(await attempt({})).toBe('closed');
  });

  it('speaks TLS 1.3 only', async () => {
    const outcome = await attempt({ ALPNProtocols: [alpn.control], maxVersion: 'TLSv1.2' });
    expect(outcome).toMatch(/PROTOCOL_VERSION/);
  });

  it('shows a certificate for the control host that the CA signed', async () => {
    const socket = await dialRelay(identity, alpn.control);
    expect(socket.authorized).toBe(true);
    const certificate = socket.getPeerX509Certificate();
    expect(certificate?.subjectAltName).toBe('IP Address:127.0.0.1');
    expect(certificate?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    socket.destroy();
  });
});
