import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alpn, controlPath } from '../../common/tunnel/protocol.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { generateRsaKey } from '../ca/authority.ts';
import { callOnce, enrolDevice, fetchCa, makeCsr, testKey } from '../testing/identity.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
/** It stands still but for the tests' own steps, so that a slow machine gets no more tries than a fast one. */
let clock = Date.now();
beforeAll(async () => {
  to = await startRelay({}, { now: () => clock });
});
afterAll(async () => {
  await to.close();
});

/** Each test starts a minute later, so that the limit of tries per address is not met. */
const later = (): void => {
  clock += 60_000;
};

describe('enrolment', () => {
  it('gives an identity for a token and a CSR', async () => {
    later();
    const token = to.relay.createToken('acme', 60_000);
    const identity = await enrolDevice(token);
    const certificate = new X509Certificate(identity.cert);
    const ca = new X509Certificate(identity.ca);
    expect(ca.toString().trim()).toBe(to.relay.caPem.trim());
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.subject).toBe(`CN=${identity.deviceId}`);
    expect(certificate.subjectAltName).toBe(`URI:urn:causeway:device:${identity.deviceId}`);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    const life = certificate.validToDate.getTime() - certificate.validFromDate.getTime();
    expect(Math.round(life / 60_000)).toBe(90 * 24 * 60 + 5);
    expect(to.relay.listTunnels()[0]?.devices).toContainEqual(
      expect.objectContaining({ id: identity.deviceId, hostname: 'test-host', online: false }),
    );
  });

  it('takes a token once', async () => {
    later();
    const token = to.relay.createToken('acme', 60_000);
    await enrolDevice(token);
    await expect(enrolDevice(token)).rejects.toThrow('TOKEN_USED');
  });

  it('makes one device of many tries at once', async () => {
    later();
    const token = to.relay.createToken('acme', 60_000);
    const before = to.relay.listTunnels()[0]!.devices.length;
    const tries = await Promise.allSettled(Array.from({ length: 6 }, () => enrolDevice(token)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = tries.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as Error).message)).toEqual(
      Array.from({ length: 5 }, () => 'TOKEN_USED'),
    );
    expect(to.relay.listTunnels()[0]!.devices).toHaveLength(before + 1);
  });

  it('refuses a token that is too old, at its very end', async () => {
    later();
    const token = to.relay.createToken('acme', 60_000);
    clock += 60_000;
    await expect(enrolDevice(token)).rejects.toThrow('TOKEN_EXPIRED');
  });

  it('refuses a secret that it never gave', async () => {
    later();
    const { host, port } = decodeToken(to.relay.createToken('acme', 60_000));
    const answer = await callOnce(
      { host, port, ca: to.relay.caPem },
      alpn.enrol,
      controlPath.enrol,
      {
        secret: 'A'.repeat(32),
        csr: makeCsr(await testKey()),
        device: { hostname: 'h', platform: 'p', version: 'v' },
      },
    );
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'TOKEN_UNKNOWN' } } });
  });

  it('does not burn a token for a CSR that it cannot sign', async () => {
    later();
    const token = to.relay.createToken('acme', 60_000);
    const key = await testKey();
    const other = makeCsr(await generateRsaKey(2048));
    const good = makeCsr(key);
    // The signature of one request under the content of another.
    const swapped = good.slice(0, 200) + other.slice(200);
    for (const csr of [makeCsr(key, 'sha1'), swapped, good.replace('REQUEST', 'QUEST')]) {
      await expect(enrolDevice(token, csr)).rejects.toThrow('CSR_INVALID');
    }
    expect((await enrolDevice(token)).deviceId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('does nothing else on an enrol connection', async () => {
    later();
    const token = to.relay.createToken('acme', 60_000);
    const { host, port } = decodeToken(token);
    const ca = await fetchCa(token);
    const answer = await callOnce({ host, port, ca }, alpn.enrol, controlPath.register, {});
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'UNKNOWN_CALL' } } });
  });

  it('limits tries by address', async () => {
    later();
    const token = to.relay.createToken('acme', 60_000);
    await enrolDevice(token);
    const codes: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      await enrolDevice(token).catch((error: Error) => codes.push(error.message));
    }
    expect(codes[0]).toBe('TOKEN_USED');
    expect(codes.at(-1)).toBe('RATE_LIMITED');
  });
});
