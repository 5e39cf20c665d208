import { X509Certificate } from 'node:crypto';
import {
  renewalDue,
  type CertificateInfo,
  type CertificateRole,
} from '../../../common/domain/certificate.ts';
import { AppError } from '../../../common/errors/app-error.ts';

/**
 * What the console shows of the first certificate in `pem` (RFC 5280; RFC 7468 text); names in the manner of RFC 4514.
 * Throws `BAD_INPUT` when it holds none.
 */
export function describeCertificate(pem: string, role: CertificateRole): CertificateInfo {
  const certificate = parse(pem);
  const notBefore = certificate.validFromDate.getTime();
  const notAfter = certificate.validToDate.getTime();
  return {
    role,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
    notBefore,
    notAfter,
    renewAt: role === 'device' ? renewalDue({ notBefore, notAfter }) : null,
    names: alternativeNames(certificate.subjectAltName),
  };
}

/** Lower hex SHA-256 of the DER of the first certificate in `pem`. Throws `BAD_INPUT`. */
export function certificateFingerprint(pem: string): string {
  return parse(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** Whether `pem` holds a certificate that {@link describeCertificate} can read. */
export function isCertificate(pem: string): boolean {
  try {
    parse(pem);
    return true;
  } catch {
    return false;
  }
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    // OpenSSL's own words would only repeat bytes of the input.
    throw new AppError('BAD_INPUT', { field: 'certificate' });
  }
}

/** Node prints one RDN a line; an empty name is `undefined` at runtime, whatever the types say. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

/**
 * Splits Node's `DNS:a, IP Address:::1, URI:"x, y"`: an entry that holds a comma or a quote is
 * printed as a JSON string (nodejs.org advisory of CVE-2021-44532), so commas in it do not split.
 */
function alternativeNames(text: string | undefined): string[] {
  if (text === undefined) return [];
  const entries = text.match(/[^,\s"][^,"]*(?:"(?:[^"\\]|\\.)*")?/g) ?? [];
  return entries.map((entry) => {
    const colon = entry.indexOf(':');
    const kind = entry.slice(0, colon) === 'IP Address' ? 'IP' : entry.slice(0, colon);
    return `${kind}:${unquote(entry.slice(colon + 1))}`;
  });
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
