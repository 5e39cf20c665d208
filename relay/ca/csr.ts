import { createPublicKey, verify as cryptoVerify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { AppError } from '../../common/errors/app-error.ts';

const verifyAsync = promisify<string, Buffer, KeyObject, Buffer, boolean>(cryptoVerify);

const MIN_BITS = 2048;
/** Larger keys only serve to make us work. */
const MAX_BITS = 8192;
const MAX_PEM = 16 * 1024;

const digests: Readonly<Record<string, string>> = {
  [forge.pki.oids['sha256WithRSAEncryption']!]: 'sha256',
  [forge.pki.oids['sha384WithRSAEncryption']!]: 'sha384',
  [forge.pki.oids['sha512WithRSAEncryption']!]: 'sha512',
};

/**
 * The public key of a PKCS #10 request (RFC 2986), SPKI PEM, after its signature has proved that the sender holds the
 * private half. Names and attributes of the request are not looked at: the relay alone says who a device is.
 * Throws `CSR_INVALID` with a `reason`: `unreadable`, `algorithm`, `key-size`, `signature`.
 */
export async function verifyCsr(pem: string): Promise<string> {
  const request = parse(pem);
  const digest = digests[request.signatureOid];
  if (digest === undefined) throw invalid('algorithm');
  const key = request.publicKey as forge.pki.rsa.PublicKey;
  const bits = key.n.bitLength();
  if (bits < MIN_BITS || bits > MAX_BITS) throw invalid('key-size');
  const { signed, algorithm, signature } = request.parts;
  if (!algorithm.equals(rsaAlgorithm(request.signatureOid))) throw invalid('algorithm');
  const spki = forge.pki.publicKeyToPem(key);
  let genuine: boolean;
  try {
    genuine = await verifyAsync(digest, signed, createPublicKey(spki), signature);
  } catch {
    throw invalid('signature');
  }
  if (!genuine) throw invalid('signature');
  return spki;
}

/** The three members of a CertificationRequest (RFC 2986 §4.2), as the bytes that were sent. */
interface Parts {
  readonly signed: Buffer;
  readonly algorithm: Buffer;
  readonly signature: Buffer;
}

/** What node-forge's own types leave out of a parsed request, and the bytes behind it. */
interface ParsedRequest {
  readonly signatureOid: string;
  readonly publicKey: unknown;
  readonly parts: Parts;
}

function parse(pem: string): ParsedRequest {
  if (pem.length > MAX_PEM) throw invalid('unreadable');
  try {
    const request = forge.pki.certificationRequestFromPem(pem);
    const [message] = forge.pem.decode(pem);
    const der = Buffer.from(message?.body ?? '', 'binary');
    return { ...(request as unknown as Omit<ParsedRequest, 'parts'>), parts: split(der) };
  } catch {
    throw invalid('unreadable');
  }
}

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

/** Cuts a request into its members, so that what is verified is what was sent and not how a library would write it. */
function split(der: Buffer): Parts {
  const outer = element(der, 0, SEQUENCE);
  if (outer.end !== der.length) throw invalid('unreadable');
  const info = element(der, outer.start, SEQUENCE);
  const algorithm = element(der, info.end, SEQUENCE);
  const signature = element(der, algorithm.end, BIT_STRING);
  // The first octet counts the unused bits of the last one: none, for a signature.
  if (signature.end !== der.length || der[signature.start] !== 0) throw invalid('unreadable');
  return {
    signed: der.subarray(outer.start, info.end),
    algorithm: der.subarray(info.end, algorithm.end),
    signature: der.subarray(signature.start + 1, signature.end),
  };
}

/** Where the content of the DER element at `at` lies (X.690 §8.1.3, §10.1: definite, shortest lengths). */
function element(der: Buffer, at: number, tag: number): { start: number; end: number } {
  const first = der[at + 1];
  if (der[at] !== tag || first === undefined) throw invalid('unreadable');
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const octets = first - 0x80;
  if (octets < 1 || octets > 2) throw invalid('unreadable');
  const length = der.readUIntBE(at + 2, octets);
  if (length < (octets === 1 ? 0x80 : 0x100)) throw invalid('unreadable');
  return { start: at + 2 + octets, end: at + 2 + octets + length };
}

/** The AlgorithmIdentifier of RSA with a digest: its parameters are NULL (RFC 8017 §A.2.4). */
function rsaAlgorithm(oid: string): Buffer {
  const { asn1 } = forge;
  const sequence = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(oid).getBytes()),
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.NULL, false, ''),
  ]);
  return Buffer.from(asn1.toDer(sequence).getBytes(), 'binary');
}

function invalid(reason: string): AppError {
  return new AppError('CSR_INVALID', { reason });
}
