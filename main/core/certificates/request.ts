import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { AppError } from '../../../common/errors/app-error.ts';

const generate = promisify(generateKeyPair);

/** A new RSA-2048 private key for this device, PKCS #8 PEM (RFC 5958). Generated off the main thread. */
export async function createDeviceKey(): Promise<string> {
  const { privateKey } = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}

/**
 * A PKCS #10 request (RFC 2986) for `commonName`, signed by the RSA key with SHA-256; PEM.
 * The relay decides the certificate's subject itself: the name is for its operators' eyes.
 * Throws `BAD_INPUT` when the key cannot be read or the name is empty or longer than 64 characters (ub-common-name).
 */
export function createCsr(keyPem: string, commonName: string): string {
  if (commonName === '' || commonName.length > 64) {
    throw new AppError('BAD_INPUT', { field: 'commonName' });
  }
  const privateKey = readKey(keyPem);
  const request = forge.pki.createCertificationRequest();
  request.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e);
  request.setSubject([
    {
      name: 'commonName',
      value: commonName,
      // Without it node-forge writes PrintableString, which cannot hold every host name's characters.
      valueTagClass: forge.asn1.Type.UTF8 as unknown as forge.asn1.Class,
    },
  ]);
  request.sign(privateKey, forge.md.sha256.create());
  return forge.pki.certificationRequestToPem(request).replaceAll('\r\n', '\n');
}

function readKey(pem: string): forge.pki.rsa.PrivateKey {
  try {
    return forge.pki.privateKeyFromPem(pem);
  } catch {
    throw new AppError('BAD_INPUT', { field: 'privateKey' });
  }
}
