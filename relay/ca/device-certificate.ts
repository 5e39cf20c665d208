import { X509Certificate } from 'node:crypto';
import type { Authority } from './authority.ts';
import { BACKDATE } from './authority.ts';
import { issueCertificate } from './certificate.ts';
import { verifyCsr } from './csr.ts';

/** Life of a device's certificate; the device renews it at two thirds. */
export const DEVICE_LIFE = 90 * 86_400_000;

export interface DeviceCertificate {
  readonly pem: string;
  /** Lower hex. */
  readonly serial: string;
  /** Lower hex SHA-256 of the DER. */
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** URI by which a device's certificate names its device. */
export function deviceUri(deviceId: string): string {
  return `urn:causeway:device:${deviceId}`;
}

/** Lower hex SHA-256 of a certificate's DER. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/**
 * Signs a device's key for client authentication. Subject and URI are the device id; nothing of the request but its key
 * is taken over. Throws `CSR_INVALID`.
 */
export async function signDevice(
  authority: Authority,
  csrPem: string,
  deviceId: string,
  now: number,
  life: number = DEVICE_LIFE,
): Promise<DeviceCertificate> {
  const publicKeyPem = await verifyCsr(csrPem);
  const { pem, serial } = await issueCertificate(
    {
      commonName: deviceId,
      publicKeyPem,
      notBefore: now - BACKDATE,
      notAfter: now + life,
      altNames: [{ kind: 'uri', value: deviceUri(deviceId) }],
      usage: 'client',
    },
    authority.issuer,
  );
  const x509 = new X509Certificate(pem);
  return {
    pem,
    serial,
    fingerprint: fingerprintOf(x509),
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
  };
}
