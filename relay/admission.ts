import { createPublicKey, type X509Certificate } from 'node:crypto';
import { AppError } from '../common/errors/app-error.ts';
import type { RegisterRequest, RegisterResponse } from '../common/tunnel/control.ts';
import { timing } from '../common/tunnel/protocol.ts';
import type { Authority } from './ca/authority.ts';
import { verifyCsr } from './ca/csr.ts';
import { signDevice } from './ca/device-certificate.ts';
import type { DeviceIdentity } from './control/identity.ts';
import type { RateLimit } from './control/rate-limit.ts';
import type { Recoveries } from './recoveries.ts';
import type { Store } from './store/index.ts';

export interface AdmissionDeps {
  readonly store: Store;
  readonly authority: Authority;
  readonly renewals: RateLimit;
  readonly relay: { readonly name: string; readonly fixedIp: string | null };
  readonly publicPort: () => number;
  readonly publicCertificate: (domains: readonly string[]) => string;
  /** Days for which an expired certificate may be renewed; 0 never. */
  readonly recoveryDays: number;
  readonly recoveries: Pick<Recoveries, 'pass' | 'collected'>;
  readonly now: () => number;
}

/** Days after its end for which an expired certificate may still be renewed with its key, unless told otherwise. */
export const RECOVERY_DAYS = 30;

/** What a known device gets from the relay: its registration and its next certificate. */
export interface Admission {
  readonly admit: (device: DeviceIdentity, request: RegisterRequest) => RegisterResponse;
  readonly renew: (
    device: DeviceIdentity,
    csr: string,
  ) => Promise<{ certificate: string; ca: string }>;
  /** {@link renew} for a device whose certificate has expired: with the same key only, not for ever, perhaps not unasked. */
  readonly recover: (
    device: DeviceIdentity,
    expired: X509Certificate,
    csr: string,
  ) => Promise<{ certificate: string; ca: string }>;
}

export function createAdmission(deps: AdmissionDeps): Admission {
  const { store, authority, now, relay } = deps;
  const takeTurn = ({ deviceId }: DeviceIdentity): void => {
    const wait = deps.renewals.take(deviceId);
    if (wait > 0) throw new AppError('RATE_LIMITED', { seconds: Math.ceil(wait / 1000) });
  };
  const sign = async (
    device: DeviceIdentity,
    csr: string,
    alongside: () => void = () => undefined,
  ): Promise<{ certificate: string; ca: string }> => {
    const certificate = await signDevice(authority, csr, device.deviceId, now());
    store.atomically(() => {
      // It may have been revoked while the thread pool was signing.
      const current = store.devices.byId(device.deviceId);
      if (current === null || current.revokedAt !== null) throw new AppError('CERT_REVOKED');
      store.devices.addCertificate(device.deviceId, certificate);
      store.audit.add({
        time: now(),
        actor: { name: device.deviceId, address: null },
        action: 'certificate.renew',
        subject: device.deviceId,
        detail: { serial: certificate.serial, notAfter: certificate.notAfter },
      });
      alongside();
    });
    return { certificate: certificate.pem, ca: authority.pem };
  };
  return {
    admit: (device, request) => {
      const tunnel = store.tunnels.byId(device.tunnelId);
      if (tunnel === null) throw new AppError('CERT_UNKNOWN_DEVICE');
      return {
        generation: store.devices.nextGeneration(device.deviceId, request.version),
        relay: { id: authority.fingerprint.slice(0, 16), name: relay.name, fixedIp: relay.fixedIp },
        tunnel: { name: tunnel.name, domains: [...tunnel.domains] },
        publicUrls: publicUrls(tunnel.domains, deps.publicPort()),
        publicCertificate: deps.publicCertificate(tunnel.domains),
        heartbeatMs: timing.heartbeat,
        clock: now(),
      };
    },
    renew: async (device, csr) => {
      takeTurn(device);
      return sign(device, csr);
    },
    recover: async (device, expired, csr) => {
      const age = now() - expired.validToDate.getTime();
      if (age > deps.recoveryDays * 86_400_000) {
        throw new AppError('CERT_EXPIRED', { days: Math.floor(age / 86_400_000) });
      }
      const key = await verifyCsr(csr);
      const same = createPublicKey(key).equals(expired.publicKey);
      if (!same) throw new AppError('CSR_INVALID', { reason: 'key' });
      deps.recoveries.pass(device);
      takeTurn(device);
      return sign(device, csr, () => deps.recoveries.collected(device));
    },
  };
}

/** Base addresses of a tunnel as a browser would write them; a wildcard has none. */
export function publicUrls(domains: readonly string[], port: number): string[] {
  const suffix = port === 443 ? '' : `:${port}`;
  return domains
    .filter((domain) => !domain.startsWith('*.'))
    .map((domain) => `https://${domain}${suffix}`);
}
