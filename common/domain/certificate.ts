import * as z from 'zod';
import type { Tone } from './tunnel.ts';

/** Which certificate this is: the device's own, the relay's CA that signed it, or the public domain's as the relay presents it. */
export const CertificateRole = z.enum(['device', 'relay-ca', 'public']);
export type CertificateRole = z.infer<typeof CertificateRole>;

/** What the console shows of an X.509 certificate (RFC 5280). Times are milliseconds since the epoch. */
export const CertificateInfo = z.object({
  role: CertificateRole,
  subject: z.string(),
  issuer: z.string(),
  serial: z.string(),
  /** SHA-256 of the DER, upper hex pairs with colons, as `openssl x509 -fingerprint -sha256` prints it. */
  fingerprint: z.string(),
  notBefore: z.int(),
  notAfter: z.int(),
  /** When it will be renewed by itself; null where somebody else has to. */
  renewAt: z.int().nullable(),
  /** subjectAltName entries, as `DNS:…`, `IP:…` or `URI:…`. */
  names: z.array(z.string()),
  /** `host:port` of the relay that it is for, where this device belongs to several. */
  relay: z.string().optional(),
});
export type CertificateInfo = z.infer<typeof CertificateInfo>;

type Life = Pick<CertificateInfo, 'notBefore' | 'notAfter'>;

const DAY = 86_400_000;

/** Whole days of life left at `now`; negative once it has expired. */
export function daysLeft(certificate: Life, now: number): number {
  return Math.floor((certificate.notAfter - now) / DAY);
}

/** The part of its life that is over at `now`, 0 to 1. */
export function lifeSpent(certificate: Life, now: number): number {
  const whole = certificate.notAfter - certificate.notBefore;
  if (whole <= 0) return 1;
  return Math.min(1, Math.max(0, (now - certificate.notBefore) / whole));
}

/** Amber at a third of life left, red at a tenth, and red when not yet valid. */
export function certificateTone(certificate: Life, now: number): Tone {
  if (now < certificate.notBefore) return 'bad';
  const whole = certificate.notAfter - certificate.notBefore;
  const left = certificate.notAfter - now;
  // In whole numbers, so that the bounds themselves are exact.
  if (left * 10 <= whole) return 'bad';
  return left * 3 <= whole ? 'warn' : 'ok';
}

/** Renewal falls due when two thirds of the life are over. */
export function renewalDue(certificate: Life): number {
  return Math.round(
    certificate.notBefore + ((certificate.notAfter - certificate.notBefore) * 2) / 3,
  );
}
