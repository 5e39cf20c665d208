import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCsr, testKey } from '../testing/identity.ts';
import { generateRsaKey, openAuthority, type Authority } from './authority.ts';
import { randomSerial } from './certificate.ts';
import { verifyCsr } from './csr.ts';
import { signDevice } from './device-certificate.ts';
import { issueServer } from './server-certificate.ts';

const DAY = 86_400_000;
let dir: string;
let authority: Authority;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-ca-'));
  authority = await openAuthority(dir, Date.now);
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', cwd: dir, stdio: 'pipe' });
}

describe('the authority', () => {
  it('is made once and kept, its key for nobody else', async () => {
    expect((await stat(join(dir, 'ca.key'))).mode & 0o777).toBe(0o600);
    const again = await openAuthority(dir, Date.now);
    expect(again.fingerprint).toBe(authority.fingerprint);
    expect(authority.x509.ca).toBe(true);
    expect(authority.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
  });

  it('is never replaced when a part of it is missing or strange', async () => {
    const other = await mkdtemp(join(tmpdir(), 'causeway-ca-'));
    await writeFile(join(other, 'ca.crt'), authority.pem);
    await expect(openAuthority(other, Date.now)).rejects.toThrow('CONFIG_INVALID');
    await writeFile(join(other, 'ca.key'), 'not a key');
    await expect(openAuthority(other, Date.now)).rejects.toThrow('CONFIG_INVALID');
    const stranger = await testKey();
    await writeFile(join(other, 'ca.key'), stranger.export({ type: 'pkcs8', format: 'pem' }));
    await expect(openAuthority(other, Date.now)).rejects.toThrow('CONFIG_INVALID');
    expect(await readFile(join(other, 'ca.crt'), 'utf8')).toBe(authority.pem);
    await rm(other, { recursive: true });
  });
});

describe('certificates, as OpenSSL sees them', () => {
  it('verifies a device for client use, strictly, and for nothing else', async () => {
    const { pem, serial, fingerprint } = await signDevice(
      authority,
      makeCsr(await testKey()),
      'd-1',
      Date.now(),
    );
    await writeFile(join(dir, 'device.crt'), pem);
    const verify = (purpose: string): string =>
      openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.crt', 'device.crt');
    expect(verify('sslclient')).toContain('device.crt: OK');
    expect(() => verify('sslserver')).toThrow(/unsuitable certificate purpose/);
    const text = openssl(
      'x509',
      '-in',
      'device.crt',
      '-noout',
      '-serial',
      '-fingerprint',
      '-sha256',
    );
    expect(text.toLowerCase().replaceAll(':', '')).toContain(`serial=${serial}`);
    expect(text.toLowerCase().replaceAll(':', '')).toContain(fingerprint);
  });

  it.each([
    ['relay.example.com', '-verify_hostname'],
    ['192.0.2.9', '-verify_ip'],
    ['2001:db8::1', '-verify_ip'],
  ])('verifies the control port for %s', async (host, option) => {
    const { cert, renewAt, notAfter } = await issueServer(authority, host, Date.now());
    await writeFile(join(dir, 'server.crt'), cert);
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'ca.crt'];
    expect(openssl(...args, option, host, 'server.crt')).toContain('server.crt: OK');
    expect(() => openssl(...args, '-verify_hostname', 'other.test', 'server.crt')).toThrow(
      'Command failed',
    );
    expect(notAfter - renewAt).toBeGreaterThan(9 * DAY);
  });

  it('has positive serial numbers of 128 bits that do not repeat', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.constant(null), () => {
        const serial = randomSerial();
        expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
        expect(seen.has(serial)).toBe(false);
        seen.add(serial);
      }),
      { numRuns: 1_000 },
    );
  });

  it('starts five minutes back', async () => {
    const now = Date.parse('2026-01-01T00:00:00.500Z');
    const { pem } = await signDevice(authority, makeCsr(await testKey()), 'd', now);
    const { validFromDate, validToDate } = new X509Certificate(pem);
    expect(validFromDate.toISOString()).toBe('2025-12-31T23:55:00.000Z');
    expect(validToDate.toISOString()).toBe('2026-04-01T00:00:00.000Z');
  });
});

describe('CSRs', () => {
  it('are taken from OpenSSL too', async () => {
    openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'o.key',
      '-subj',
      '/CN=x',
      '-sha256',
      '-out',
      'o.csr',
    );
    const spki = await verifyCsr(await readFile(join(dir, 'o.csr'), 'utf8'));
    expect(spki.replaceAll(/\s/g, '')).toBe(
      openssl('pkey', '-in', 'o.key', '-pubout').replaceAll(/\s/g, ''),
    );
  });

  it('are refused with an elliptic key, a short key, or SHA-1', async () => {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ec.key');
    openssl('req', '-new', '-key', 'ec.key', '-subj', '/CN=x', '-out', 'ec.csr');
    openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:1024',
      '-nodes',
      '-keyout',
      's.key',
      '-subj',
      '/CN=x',
      '-sha256',
      '-out',
      's.csr',
    );
    const read = (name: string): Promise<string> => readFile(join(dir, name), 'utf8');
    await expect(verifyCsr(await read('ec.csr'))).rejects.toThrow('CSR_INVALID');
    await expect(verifyCsr(await read('s.csr'))).rejects.toThrow('key-size');
    await expect(verifyCsr(makeCsr(await testKey(), 'sha1'))).rejects.toThrow('algorithm');
  });

  it('are refused when a byte has changed', async () => {
    const lines = makeCsr(await testKey())
      .trim()
      .split(/\r?\n/);
    const body = Buffer.from(lines.slice(1, -1).join(''), 'base64');
    const wrap = (bytes: Buffer): string =>
      [lines[0], ...(bytes.toString('base64').match(/.{1,64}/g) ?? []), lines.at(-1)].join('\n');
    expect(await verifyCsr(wrap(body))).toContain('PUBLIC KEY');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(body.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const bytes = Buffer.from(body);
          bytes[at] = bytes[at]! ^ flip;
          await expect(verifyCsr(wrap(bytes))).rejects.toThrow('CSR_INVALID');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never bring anything but CSR_INVALID, whatever is sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
        await expect(verifyCsr(pem)).rejects.toThrow('CSR_INVALID');
      }),
    );
    await expect(verifyCsr('x'.repeat(20_000))).rejects.toThrow('unreadable');
  });
});

it('does not hold up the event loop while it makes keys', async () => {
  let made = false;
  const key = generateRsaKey(3072).then(() => (made = true));
  // What this thread had made itself would be there before the loop turns.
  for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve();
  expect(made).toBe(false);
  await key;
});
