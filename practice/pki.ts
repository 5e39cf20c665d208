import { createPrivateKey, generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** The practice public CA's certificate, and the certificate with its key that the practice relay shows the public. PEM. */
export interface Pki {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface PkiOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** DNS names and IPv4 addresses of the certificate. */
  readonly names: readonly string[];
}

const DAY = 86_400_000;
const CA_DAYS = 825;
/** Shorter than what browsers and curl accept at most for a leaf (398 days). */
const LEAF_DAYS = 397;

/** Makes a CA and one server certificate (RFC 5280). The CA's key is used once and forgotten. */
export async function createPki({ now, names }: PkiOptions): Promise<Pki> {
  const [authority, server] = await Promise.all([newKeyPair(), newKeyPair()]);
  const ca = certificate({
    publicKey: authority.publicKey,
    signingKey: authority.privateKey,
    subject: 'Causeway practice CA',
    issuer: 'Causeway practice CA',
    now,
    days: CA_DAYS,
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      { name: 'subjectKeyIdentifier' },
    ],
  });
  const leaf = certificate({
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    subject: names[0] ?? 'localhost',
    issuer: 'Causeway practice CA',
    now,
    days: LEAF_DAYS,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map(altName) },
    ],
  });
  return { ca, cert: leaf, key: server.privateKey };
}

/** Whether a stored set still serves: a month of life left, every name covered, key and certificates belong together. */
export function isUsable(pki: Pki, { now, names }: PkiOptions): boolean {
  try {
    const ca = new X509Certificate(pki.ca);
    const leaf = new X509Certificate(pki.cert);
    const covered = names.every((name) =>
      isIpv4(name) ? leaf.checkIP(name) !== undefined : leaf.checkHost(name) !== undefined,
    );
    const lives = [ca, leaf].every(({ validTo }) => Date.parse(validTo) > now + 30 * DAY);
    const belongs = leaf.verify(ca.publicKey) && leaf.checkPrivateKey(createPrivateKey(pki.key));
    return covered && lives && belongs;
  } catch {
    return false;
  }
}

const generate = promisify(generateKeyPair);

async function newKeyPair(): Promise<{ publicKey: string; privateKey: string }> {
  return generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function certificate(wanted: {
  publicKey: string;
  signingKey: string;
  subject: string;
  issuer: string;
  now: number;
  days: number;
  extensions: object[];
}): string {
  const made = forge.pki.createCertificate();
  made.publicKey = forge.pki.publicKeyFromPem(wanted.publicKey);
  // Positive and 16 bytes (RFC 5280 §4.1.2.2).
  made.serialNumber = `01${randomBytes(15).toString('hex')}`;
  // Some minutes back, so that a clock that lags a little still accepts it.
  made.validity.notBefore = new Date(wanted.now - 300_000);
  made.validity.notAfter = new Date(wanted.now + wanted.days * DAY);
  made.setSubject([{ name: 'commonName', value: wanted.subject }]);
  made.setIssuer([{ name: 'commonName', value: wanted.issuer }]);
  made.setExtensions(wanted.extensions);
  made.sign(forge.pki.privateKeyFromPem(wanted.signingKey), forge.md.sha256.create());
  return forge.pki.certificateToPem(made);
}

function isIpv4(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name);
}

/** subjectAltName of RFC 5280 §4.2.1.6: 2 is a DNS name, 7 an address. */
function altName(name: string): object {
  return isIpv4(name) ? { type: 7, ip: name } : { type: 2, value: name };
}
