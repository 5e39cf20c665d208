import { randomUUID } from 'node:crypto';
import { AppError } from '../../common/errors/app-error.ts';
import type { EnrolRequest, EnrolResponse } from '../../common/tunnel/control.ts';
import type { Authority } from '../ca/authority.ts';
import { signDevice } from '../ca/device-certificate.ts';
import type { Store } from '../store/index.ts';

/**
 * Trades a one-time secret and a CSR for an identity. The token is used up in the transaction that stores the device, so
 * a failed try costs nothing and two tries at once make one device.
 * Throws `TOKEN_UNKNOWN`, `TOKEN_EXPIRED`, `TOKEN_USED`, `CSR_INVALID`.
 */
export async function enrol(
  request: EnrolRequest,
  deps: {
    readonly store: Store;
    readonly authority: Authority;
    /** Where the device is, for the audit log. */
    readonly address?: string;
    readonly now: () => number;
  },
): Promise<EnrolResponse> {
  const { store, authority, now } = deps;
  const state = store.tokens.look(request.secret, now());
  if (!state.usable) throw new AppError(state.code);
  const tunnel = store.tunnels.byId(state.tunnelId);
  if (tunnel === null) throw new AppError('TOKEN_UNKNOWN');
  const deviceId = randomUUID();
  const certificate = await signDevice(authority, request.csr, deviceId, now());
  const time = now();
  store.atomically(() => {
    if (!store.tokens.burn(request.secret, deviceId, time)) {
      const after = store.tokens.look(request.secret, time);
      throw new AppError(after.usable ? 'TOKEN_USED' : after.code);
    }
    const { hostname, platform, version } = request.device;
    store.devices.insert({
      id: deviceId,
      tunnelId: tunnel.id,
      hostname,
      platform,
      version,
      enrolledAt: time,
    });
    store.devices.addCertificate(deviceId, certificate);
    store.audit.add({
      time,
      actor: { name: deviceId, address: deps.address ?? null },
      action: 'device.enrol',
      subject: tunnel.name,
      detail: { hostname, platform, version, serial: certificate.serial },
    });
  });
  return {
    deviceId,
    tunnel: tunnel.name,
    domains: [...tunnel.domains],
    certificate: certificate.pem,
    ca: authority.pem,
  };
}
