import { X509Certificate } from 'node:crypto';
import {
  renewalDue,
  type CertificateInfo,
  type CertificateRole,
} from '../../common/domain/certificate.ts';
import { AppError } from '../../common/errors/app-error.ts';

/**
 * What the console shows of the first certificate in `pem` (RFC 5280; RFC 7468 text), and whether somebody has to renew it.
 * Throws `BAD_INPUT` without one.
 */
export function describeCertificate(
  pem: string,
  role: CertificateRole,
  renewedBy: 'somebody' | 'itself' = 'somebody',
): CertificateInfo {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new AppError('BAD_INPUT', { field: 'certificate' });
  }
  const life = {
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  };
  return {
    role,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
    ...life,
    renewAt: renewedBy === 'itself' ? renewalDue(life) : null,
    names: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter((name) => name !== '')
      .map((name) => name.replace(/^IP Address:/, 'IP:')),
  };
}

/** Node prints one RDN a line; an empty name is `undefined` at runtime, whatever the types say. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
