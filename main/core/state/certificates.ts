import type { CertificateInfo, CertificateRole } from '../../../common/domain/certificate.ts';
import { describeCertificate } from '../certificates/index.ts';

/** Describes certificates, parsing each only when it is another than last time: the snapshot asks every second. */
export function createCertificateViews(): (
  pems: readonly (readonly [CertificateRole, string | null | undefined])[],
) => CertificateInfo[] {
  const known = new Map<CertificateRole, { pem: string; info: CertificateInfo }>();
  return (pems) =>
    pems.flatMap(([role, pem]) => {
      if (pem === null || pem === undefined) {
        known.delete(role);
        return [];
      }
      const last = known.get(role);
      if (last?.pem === pem) return [last.info];
      const info = describeCertificate(pem, role);
      known.set(role, { pem, info });
      return [info];
    });
}
