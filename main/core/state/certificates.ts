import type { CertificateInfo, CertificateRole } from '../../../common/domain/certificate.ts';
import { describeCertificate, isCertificate } from '../certificates/index.ts';
import { endpointText, type DeviceIdentity } from '../tunnel/index.ts';

interface Shown {
  readonly role: CertificateRole;
  readonly pem: string;
  /** `host:port`; only where there are several relays to tell apart. */
  readonly relay?: string;
}

/**
 * Describes the certificates of every identity and the public one, parsing each only when it is another than last time: the
 * snapshot asks every second.
 */
export function createCertificateViews(): (
  identities: readonly DeviceIdentity[],
  publicPem: string | null,
) => CertificateInfo[] {
  let known = new Map<string, CertificateInfo>();
  return (identities, publicPem) => {
    // Files may give one certificate for every relay.
    const own = identities.filter(
      ({ certificate }, index) =>
        identities.findIndex((other) => other.certificate === certificate) === index,
    );
    const several = own.length > 1;
    const shown: Shown[] = own.flatMap(({ certificate, ca, endpoint }): Shown[] => {
      const of = several ? { relay: endpointText(endpoint) } : {};
      return [
        { role: 'device', pem: certificate, ...of },
        { role: 'relay-ca', pem: ca, ...of },
      ];
    });
    // The relay's word for what it shows: nothing of ours may depend on it.
    if (publicPem !== null && (known.has(keyOf('public', publicPem)) || isCertificate(publicPem))) {
      shown.push({ role: 'public', pem: publicPem });
    }
    const next = new Map<string, CertificateInfo>();
    for (const { role, pem, relay } of shown) {
      const key = keyOf(role, pem, relay);
      const info = known.get(key) ?? {
        ...describeCertificate(pem, role),
        ...(relay === undefined ? {} : { relay }),
      };
      next.set(key, info);
    }
    known = next;
    return [...next.values()];
  };
}

function keyOf(role: CertificateRole, pem: string, relay = ''): string {
  return `${role} ${relay} ${pem}`;
}
