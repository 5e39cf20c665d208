import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { DeviceIdentity } from '../tunnel/index.ts';
import { createCertificateViews } from './certificates.ts';

const certificate = (name: string): string =>
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', '/dev/null', '-days', '90', '-subj', `/CN=${name}`],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  ).toString();

const identity = (host: string, pem: string, ca: string): DeviceIdentity => ({
  deviceId: 'd',
  tunnel: 't',
  domains: [],
  endpoint: { host, port: 2222 },
  certificate: pem,
  ca,
  privateKey: '',
});

it('names the relay of a certificate only where there are several to tell apart', () => {
  const [ca, a, b] = ['ca', 'a', 'b'].map(certificate) as [string, string, string];
  const views = createCertificateViews();
  const roles = (identities: readonly DeviceIdentity[]): unknown[] =>
    views(identities, null).map(({ role, relay }) => [role, relay]);
  expect(roles([])).toEqual([]);
  expect(roles([identity('one.example', a, ca)])).toEqual([
    ['device', undefined],
    ['relay-ca', undefined],
  ]);
  expect(roles([identity('one.example', a, ca), identity('two.example', b, ca)])).toEqual([
    ['device', 'one.example:2222'],
    ['relay-ca', 'one.example:2222'],
    ['device', 'two.example:2222'],
    ['relay-ca', 'two.example:2222'],
  ]);
  // The same files for both.
  expect(roles([identity('one.example', a, ca), identity('two.example', a, ca)])).toHaveLength(2);
  const [first] = views([identity('one.example', a, ca)], null);
  expect(views([identity('one.example', a, ca)], null)[0]).toBe(first);
});

it('leaves out what a relay calls its public certificate and is none', () => {
  const [ca, a] = ['ca', 'a'].map(certificate) as [string, string];
  const views = createCertificateViews();
  const own = [identity('one.example', a, ca)];
  const roles = (pem: string): string[] => views(own, pem).map(({ role }) => role);
  expect(roles('-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n')).toEqual([
    'device',
    'relay-ca',
  ]);
  expect(roles(ca)).toEqual(['device', 'relay-ca', 'public']);
});
