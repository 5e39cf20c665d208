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
  const spki = forge.pki.publicKeyToPem(key);
  const signed = Buffer.from(
    forge.asn1.toDer(request.certificationRequestInfo).getBytes(),
    'binary',
  );
  const signature = Buffer.from(request.signature, 'binary');
  let genuine: boolean;
  try {
    genuine = await verifyAsync(digest, signed, createPublicKey(spki), signature);
  } catch {
    throw invalid('signature');
  }
  if (!genuine) throw invalid('signature');
  return spki;
}

/** What node-forge's own types leave out of a parsed request. */
interface ParsedRequest {
  readonly signatureOid: string;
  readonly signature: string;
  readonly publicKey: unknown;
  readonly certificationRequestInfo: forge.asn1.Asn1;
}

function parse(pem: string): ParsedRequest {
  if (pem.length > MAX_PEM) throw invalid('unreadable');
  try {
    return forge.pki.certificationRequestFromPem(pem) as unknown as ParsedRequest;
  } catch {
    throw invalid('unreadable');
  }
}

function invalid(reason: string): AppError {
  return new AppError('CSR_INVALID', { reason });
}
