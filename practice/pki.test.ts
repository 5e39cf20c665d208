import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { createPki, isUsable } from './pki.ts';

const DAY = 86_400_000;
const names = ['127.0.0.1', 'localhost', 'bot.practice.localhost'];
const now = Date.parse('2026-11-23T00:00:00Z');

it('makes a certificate for every name, signed by its CA', async () => {
  const pki = await createPki({ now, names });
  const leaf = new X509Certificate(pki.cert);
  const ca = new X509Certificate(pki.ca);
  expect(leaf.subjectAltName).toBe(
    'IP Address:127.0.0.1, DNS:localhost, DNS:bot.practice.localhost',
  );
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect([ca.ca, leaf.ca]).toEqual([true, false]);
});

it('is used again while it is valid, whole, and covers the names', async () => {
  const [pki, other] = [await createPki({ now, names }), await createPki({ now, names })];
  expect(isUsable(pki, { now, names })).toBe(true);
  expect(isUsable(pki, { now: now + 366 * DAY, names })).toBe(true);
  expect(isUsable(pki, { now: now + 368 * DAY, names })).toBe(false);
  expect(isUsable(pki, { now, names: [...names, 'example.com'] })).toBe(false);
  expect(isUsable({ ...pki, key: other.key }, { now, names })).toBe(false);
  expect(isUsable({ ...pki, ca: other.ca }, { now, names })).toBe(false);
  expect(isUsable({ ...pki, cert: 'damaged' }, { now, names })).toBe(false);
});
