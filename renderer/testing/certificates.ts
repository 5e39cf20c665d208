import type { CertificateInfo } from '../../common/domain/certificate.ts';

const DAY = 86_400_000;

/** The three certificates of a device, with so many days left of its own and of the public domain's. */
export function exampleCertificates(
  now: number,
  device: number,
  domain: number,
): CertificateInfo[] {
  const life = (
    role: CertificateInfo['role'],
    days: number,
    left: number,
  ): Pick<CertificateInfo, 'role' | 'notBefore' | 'notAfter'> => ({
    role,
    notBefore: now - (days - left) * DAY,
    notAfter: now + left * DAY + 3_600_000,
  });
  return [
    {
      ...life('device', 90, device),
      subject: 'CN=d_01K3QF8Z7J2N4X',
      issuer: 'CN=Causeway relay CA',
      serial: '4C:19:0E:77:A2:5B:31:9F',
      fingerprint: fingerprint(17),
      renewAt: now + (device - 30) * DAY,
      names: ['URI:causeway://device/d_01K3QF8Z7J2N4X'],
    },
    {
      ...life('relay-ca', 3650, 3391),
      subject: 'CN=Causeway relay CA',
      issuer: 'CN=Causeway relay CA',
      serial: '01',
      fingerprint: fingerprint(91),
      renewAt: null,
      names: [],
    },
    {
      ...life('public', 90, domain),
      subject: 'CN=corp-bot.example.com',
      issuer: "C=US, O=Let's Encrypt, CN=E7",
      serial: '05:3E:88:41:C2:9A:10:77:6D:23',
      fingerprint: fingerprint(203),
      renewAt: now + (domain - 30) * DAY,
      names: ['DNS:corp-bot.example.com', 'DNS:bots.example.com'],
    },
  ];
}

function fingerprint(seed: number): string {
  return Array.from({ length: 32 }, (_, index) =>
    ((seed * (index + 3) * 47 + index * 13) % 256).toString(16).toUpperCase().padStart(2, '0'),
  ).join(':');
}
