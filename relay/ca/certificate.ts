import { createPublicKey, randomBytes, sign as cryptoSign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

const signAsync = promisify<string, Buffer, KeyObject, Buffer>(cryptoSign);

/** A function of node-forge that its published types leave out. */
const encoder = forge.pki as unknown as {
  getTBSCertificate(certificate: forge.pki.Certificate): forge.asn1.Asn1;
};

/** One subjectAltName entry (RFC 5280 §4.2.1.6). */
export type AltName =
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: string }
  | { readonly kind: 'uri'; readonly value: string };

/** What a certificate shall say. Times are milliseconds since the epoch. */
export interface CertificateContent {
  readonly commonName: string;
  /** Subject public key, SPKI PEM. */
  readonly publicKeyPem: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly altNames: readonly AltName[];
  readonly usage: 'ca' | 'server' | 'client';
}

/** Who signs: a certificate and its private key; null for a self-signed certificate. */
export interface Issuer {
  readonly certificate: forge.pki.Certificate;
  readonly key: KeyObject;
}

/** A certificate that was just made. */
export interface IssuedCertificate {
  readonly pem: string;
  /** Lower hex, as it stands in the certificate. */
  readonly serial: string;
}

/** The subjectAltName entry for a host name or an IP address. */
export function hostAltName(host: string): AltName {
  return isIP(host) === 0 ? { kind: 'dns', value: host } : { kind: 'ip', value: host };
}

/** 128 random bits with the top bit clear and never zero: RFC 5280 §4.1.2.2 wants a positive number. */
export function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/**
 * Builds and signs an X.509 v3 certificate (RFC 5280) with SHA-256 and RSA. The encoding is node-forge's, the signature
 * OpenSSL's on its thread pool: a pure JavaScript RSA operation would hold up every connection for tens of milliseconds.
 */
export async function issueCertificate(
  content: CertificateContent,
  signer: Issuer | { readonly selfSigned: KeyObject },
): Promise<IssuedCertificate> {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(content.publicKeyPem);
  certificate.serialNumber = randomSerial();
  certificate.validity.notBefore = wholeSeconds(content.notBefore);
  certificate.validity.notAfter = wholeSeconds(content.notAfter);
  const subject = [commonName(content.commonName)];
  certificate.setSubject(subject);
  const parent = 'selfSigned' in signer ? certificate : signer.certificate;
  certificate.setIssuer(parent.subject.attributes);
  certificate.setExtensions(extensions(content, parent));
  const key = 'selfSigned' in signer ? signer.selfSigned : signer.key;
  await sign(certificate, key);
  return {
    pem: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'),
    serial: certificate.serialNumber,
  };
}

async function sign(certificate: forge.pki.Certificate, key: KeyObject): Promise<void> {
  const algorithm = forge.pki.oids['sha256WithRSAEncryption']!;
  certificate.signatureOid = algorithm;
  certificate.siginfo.algorithmOid = algorithm;
  certificate.tbsCertificate = encoder.getTBSCertificate(certificate);
  const tbs = Buffer.from(forge.asn1.toDer(certificate.tbsCertificate).getBytes(), 'binary');
  const signature = await signAsync('sha256', tbs, key);
  certificate.signature = signature.toString('binary');
}

function extensions(content: CertificateContent, parent: forge.pki.Certificate): object[] {
  const isCa = content.usage === 'ca';
  const list: object[] = [
    {
      name: 'basicConstraints',
      critical: true,
      cA: isCa,
      ...(isCa ? { pathLenConstraint: 0 } : {}),
    },
    isCa
      ? { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true }
      : { name: 'keyUsage', critical: true, digitalSignature: true },
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: parent.generateSubjectKeyIdentifier().getBytes(),
    },
  ];
  if (content.usage === 'server') list.push({ name: 'extKeyUsage', serverAuth: true });
  if (content.usage === 'client') list.push({ name: 'extKeyUsage', clientAuth: true });
  if (content.altNames.length > 0) {
    list.push({ name: 'subjectAltName', altNames: content.altNames.map(altName) });
  }
  return list;
}

function altName(name: AltName): object {
  if (name.kind === 'ip') return { type: 7, ip: name.value };
  return { type: name.kind === 'dns' ? 2 : 6, value: name.value };
}

function commonName(value: string): forge.pki.CertificateField {
  return {
    name: 'commonName',
    value,
    // node-forge would write PrintableString, which has no place for every name.
    valueTagClass: forge.asn1.Type.UTF8 as unknown as forge.asn1.Class,
  };
}

/** X.509 times have no fraction; rounding down keeps `notBefore` from lying in the future. */
function wholeSeconds(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}

/** SPKI PEM of the public half of a private key. */
export function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}
