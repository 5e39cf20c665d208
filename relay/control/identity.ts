import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ErrorCode } from '../../common/errors/codes.ts';
import type { Authority } from '../ca/authority.ts';
import { fingerprintOf } from '../ca/device-certificate.ts';
import type { Store } from '../store/index.ts';

/** The device that a certificate stands for. */
export interface DeviceIdentity {
  readonly deviceId: string;
  readonly tunnelId: number;
  readonly tunnel: string;
  readonly serial: string;
  readonly notAfter: number;
}

export type Verdict =
  | { readonly trusted: true; readonly device: DeviceIdentity }
  | {
      readonly trusted: false;
      readonly code: Extract<ErrorCode, `CERT_${string}`>;
      /** Of a certificate that is only too old: the device may still have it renewed. */
      readonly expired?: DeviceIdentity;
    };

/** Says who a certificate is, by what is stored *now*: called for each connection and again for each request on it. */
export type Identify = (certificate: X509Certificate | undefined) => Verdict;

/**
 * The relay's own judgement of a client certificate. OpenSSL's is not used: it stops at the first of several faults, says
 * it in words that change, knows no revocation, and believes the machine's clock where tests and operators need ours.
 */
export function createIdentify(authority: Authority, store: Store, now: () => number): Identify {
  return (certificate) => {
    if (certificate === undefined) return refuse('CERT_MISSING');
    if (!isOurs(certificate, authority)) return refuse('CERT_UNKNOWN_CA');
    const known = store.devices.certificate(fingerprintOf(certificate));
    // Before the dates: a revoked certificate cannot be cured by waiting or by a renewal.
    if (known !== null && known.revokedAt !== null) return refuse('CERT_REVOKED');
    const time = now();
    if (time < certificate.validFromDate.getTime()) return refuse('CERT_NOT_YET_VALID');
    const isExpired = time > certificate.validToDate.getTime();
    const tunnel = known === null ? null : store.tunnels.byId(known.tunnelId);
    if (known === null || tunnel === null) {
      return refuse(isExpired ? 'CERT_EXPIRED' : 'CERT_UNKNOWN_DEVICE');
    }
    const { deviceId, tunnelId, serial, notAfter } = known;
    const device = { deviceId, tunnelId, tunnel: tunnel.name, serial, notAfter };
    if (isExpired) return { trusted: false, code: 'CERT_EXPIRED', expired: device };
    return { trusted: true, device };
  };
}

/** The certificate that the peer of a finished handshake showed. */
export function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  return socket.getPeerX509Certificate();
}

function isOurs(certificate: X509Certificate, authority: Authority): boolean {
  try {
    return certificate.checkIssued(authority.x509) && certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}

function refuse(code: Extract<ErrorCode, `CERT_${string}`>): Verdict {
  return { trusted: false, code };
}
