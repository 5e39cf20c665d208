import { createPrivateKey, generateKeyPair, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { AppError } from '../../common/errors/app-error.ts';
import { issueCertificate, publicPem, type Issuer } from './certificate.ts';

const generate = promisify(generateKeyPair);

const YEAR = 365 * 86_400_000;
const CA_LIFE = 20 * YEAR;
/** Devices' clocks run behind ours by a little; a certificate that starts now would not be valid for them yet. */
export const BACKDATE = 5 * 60_000;

/** The relay's certificate authority: it signs devices and the control port, nothing else. */
export interface Authority {
  readonly pem: string;
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  /** Lower hex SHA-256 of the DER: what an enrolment token pins. */
  readonly fingerprint: string;
  readonly issuer: Issuer;
}

/** A new RSA key, generated off the event loop. */
export async function generateRsaKey(bits: 2048 | 3072): Promise<KeyObject> {
  const { privateKey } = await generate('rsa', { modulusLength: bits });
  return privateKey;
}

/**
 * Reads the CA of a data directory, or makes it (RSA-3072, 20 years, key file 0600).
 * Throws `CONFIG_INVALID` when one of its files is missing or they do not belong together: making a new CA over a damaged
 * one would lock out every enrolled device. Where nothing was signed yet (`isUnused`) a key without a certificate is what was left
 * when the making of one was cut off, and gets one.
 */
export async function openAuthority(
  dataDir: string,
  now: () => number,
  { isUnused = false }: { readonly isUnused?: boolean } = {},
): Promise<Authority> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const keyFile = join(dataDir, 'ca.key');
  const certificateFile = join(dataDir, 'ca.crt');
  const [key, certificate] = await Promise.all([
    readIfThere(keyFile),
    readIfThere(certificateFile),
  ]);
  if (key === null && certificate === null) return create(keyFile, certificateFile, now());
  if (key === null) throw new AppError('CONFIG_INVALID', { file: keyFile, reason: 'missing' });
  if (certificate === null && isUnused) {
    return certify(privateKeyOf(key, keyFile), certificateFile, now());
  }
  if (certificate === null) {
    throw new AppError('CONFIG_INVALID', { file: certificateFile, reason: 'missing' });
  }
  return load(key, certificate, certificateFile);
}

async function create(keyFile: string, certificateFile: string, now: number): Promise<Authority> {
  const key = await generateRsaKey(3072);
  await writeWhole(keyFile, pemOf(key), 0o600);
  return certify(key, certificateFile, now);
}

async function certify(key: KeyObject, file: string, now: number): Promise<Authority> {
  const { pem } = await issueCertificate(
    {
      commonName: 'Causeway relay CA',
      publicKeyPem: publicPem(key),
      notBefore: now - BACKDATE,
      notAfter: now + CA_LIFE,
      altNames: [],
      usage: 'ca',
    },
    { selfSigned: key },
  );
  await writeWhole(file, pem, 0o644);
  return load(pemOf(key), pem, file);
}

function privateKeyOf(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', { file, reason: 'unreadable' }, { cause });
  }
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function load(keyPem: string, pem: string, file: string): Authority {
  try {
    const x509 = new X509Certificate(pem);
    const key = createPrivateKey(keyPem);
    if (!x509.checkPrivateKey(key)) throw new Error('key and certificate differ');
    return {
      pem,
      x509,
      publicKey: x509.publicKey,
      fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      issuer: { certificate: forge.pki.certificateFromPem(pem), key },
    };
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', { file, reason: 'unreadable' }, { cause });
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new AppError('CONFIG_INVALID', { file, reason: 'unreadable' }, { cause: thrown });
  }
}

/** Writes beside and renames, so that a crash leaves the old file or the new one. */
export async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, text, { mode, flush: true });
  await rename(draft, file);
}
