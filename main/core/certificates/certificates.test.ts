import { execFile, execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  certificateFingerprint,
  createCsr,
  createDeviceKey,
  describeCertificate,
} from './index.ts';

const run = promisify(execFile);
let directory = '';
let key = '';
let certificate = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'causeway-certificates-'));
  key = await createDeviceKey();
  const path = join(directory, 'key.pem');
  await writeFile(path, key, { mode: 0o600 });
  // OpenSSL makes the certificate, so that what is read was not also written by us.
  certificate = execFileSync('openssl', [
    ...['req', '-x509', '-key', path, '-days', '90', '-set_serial', '0xabc123'],
    ...['-subj', '/O=Example, Inc./CN=device 7', '-sha256'],
    ...['-addext', 'subjectAltName=DNS:bot.example.com,IP:192.0.2.7,IP:2001:db8::1,URI:urn:x:a'],
  ]).toString();
});

afterAll(() => rm(directory, { recursive: true }));

describe('createDeviceKey', () => {
  it('makes PKCS #8 RSA-2048', () => {
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(createPrivateKey(key).asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
  });
});

describe('createCsr', () => {
  it('signs a request that OpenSSL verifies, with name, key and SHA-256', async () => {
    const path = join(directory, 'request.pem');
    await writeFile(path, createCsr(key, '财务部-电脑 1'));
    const args = ['req', '-in', path, '-noout', '-verify', '-text', '-nameopt', 'utf8'];
    const { stdout, stderr } = await run('openssl', args);
    expect(stdout + stderr).toMatch(/verify OK/i);
    expect(stdout).toContain('CN=财务部-电脑 1');
    expect(stdout).toContain('sha256WithRSAEncryption');
    expect(stdout).toContain('Public-Key: (2048 bit)');
  });

  it('refuses a key that is none without repeating it, and names that X.509 cannot hold', () => {
    expect(() => createCsr('not a key', 'x')).toThrow('BAD_INPUT (field=privateKey)');
    expect(() => createCsr(key, '')).toThrow('BAD_INPUT (field=commonName)');
    expect(() => createCsr(key, 'x'.repeat(65))).toThrow('BAD_INPUT (field=commonName)');
  });
});

describe('describeCertificate', () => {
  it('says what OpenSSL says', async () => {
    const info = describeCertificate(certificate, 'public');
    expect(info).toMatchObject({
      role: 'public',
      subject: 'O=Example\\, Inc., CN=device 7',
      serial: 'ABC123',
      names: ['DNS:bot.example.com', 'IP:192.0.2.7', 'IP:2001:DB8:0:0:0:0:0:1', 'URI:urn:x:a'],
      renewAt: null,
    });
    expect(info.notAfter - info.notBefore).toBe(90 * 86_400_000);
    const path = join(directory, 'certificate.pem');
    await writeFile(path, certificate);
    const print = ['x509', '-in', path, '-noout', '-fingerprint', '-sha256'];
    const { stdout } = await run('openssl', print);
    expect(stdout.trim().split('=')[1]).toBe(info.fingerprint);
  });

  it('renews the device certificate when two thirds of its life are over', () => {
    const { notBefore, renewAt } = describeCertificate(certificate, 'device');
    expect(renewAt).toBe(notBefore + 60 * 86_400_000);
  });

  it('reads the first of a chain and refuses what is no certificate', () => {
    expect(describeCertificate(certificate + certificate, 'public').serial).toBe('ABC123');
    expect(() => describeCertificate(key, 'device')).toThrow('BAD_INPUT (field=certificate)');
  });

  it('keeps an odd alternative name in one piece', async () => {
    const config = join(directory, 'odd.cnf');
    const names = 'URI.1="http://x/, DNS:evil.example"\nDNS.1=a.example\n';
    await writeFile(
      config,
      `[req]\ndistinguished_name=dn\n[dn]\n[ext]\nsubjectAltName=@names\n[names]\n${names}`,
    );
    const { stdout } = await run('openssl', [
      ...['req', '-x509', '-key', join(directory, 'key.pem'), '-days', '1', '-subj', '/CN=odd'],
      ...['-extensions', 'ext', '-config', config],
    ]);
    expect(describeCertificate(stdout, 'public').names).toEqual([
      'URI:http://x/, DNS:evil.example',
      'DNS:a.example',
    ]);
  });
});

describe('certificateFingerprint', () => {
  it('is the same hash in lower hex', () => {
    const { fingerprint } = describeCertificate(certificate, 'public');
    expect(certificateFingerprint(certificate)).toMatch(/^[0-9a-f]{64}$/);
    expect(certificateFingerprint(certificate)).toBe(fingerprint.replaceAll(':', '').toLowerCase());
  });
});
