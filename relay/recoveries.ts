import type { RecoveryMode } from '../common/domain/relay/tunnel-rules.ts';
import type { RecoveryView } from '../common/domain/relay/views.ts';
import { AppError } from '../common/errors/app-error.ts';
import type { DeviceIdentity } from './control/identity.ts';
import { adminKey, type Actor } from './store/audit.ts';
import type { Store } from './store/index.ts';
import type { StoredRecovery } from './store/recoveries.ts';

/** How long an approval holds: a device that did not come for its certificate asks anew then. */
export const APPROVAL_MS = 86_400_000;
/** A device that has not asked for so long is no longer listed. */
const KEEP_MS = 90 * 86_400_000;
/** Asking is noted no more often: devices ask every few seconds while they wait. */
const NOTE_MS = 60_000;

export interface RecoveriesDeps {
  readonly store: Store;
  /** How expired certificates of a tunnel's devices are renewed. */
  readonly modeOf: (tunnel: string) => RecoveryMode;
  readonly now: () => number;
}

/** Renewal of expired certificates, where it needs somebody's approval. */
export interface Recoveries {
  /**
   * A device shows an expired certificate of its own key and wants a new one: returns when it may have it. Throws
   * RECOVERY_PENDING, RECOVERY_REFUSED.
   */
  readonly pass: (device: DeviceIdentity) => void;
  /** A device was given its new certificate. Meant to run inside the transaction that stores that. */
  readonly collected: (device: DeviceIdentity) => void;
  readonly list: () => RecoveryView[];
  /** Also one that was refused before. Throws NOT_FOUND, CONFLICT when it is approved already. */
  readonly approve: (deviceId: string, by?: Actor) => void;
  /** Throws NOT_FOUND, CONFLICT when it is refused already, or the device has its certificate. */
  readonly refuse: (deviceId: string, by?: Actor) => void;
}

export function createRecoveries({ store, modeOf, now }: RecoveriesDeps): Recoveries {
  const stateOf = (recovery: StoredRecovery): RecoveryView['state'] => {
    if (recovery.approved === null) return 'pending';
    if (!recovery.approved) return 'refused';
    if (recovery.collectedAt !== null) return 'collected';
    return isOver(recovery) ? 'pending' : 'approved';
  };
  const isOver = ({ decidedAt }: StoredRecovery): boolean => now() - (decidedAt ?? 0) > APPROVAL_MS;

  /** A row of the log names the device by id; people know it by its host name. */
  const audit = (action: string, deviceId: string, by: Actor): void => {
    const device = store.devices.byId(deviceId);
    const tunnel = device === null ? null : store.tunnels.byId(device.tunnelId);
    const detail = { hostname: device?.hostname ?? '', tunnel: tunnel?.name ?? '' };
    store.audit.add({ time: now(), actor: by, action, subject: deviceId, detail });
  };
  const known = (deviceId: string): StoredRecovery => {
    const recovery = store.recoveries.of(deviceId);
    if (recovery === null) throw new AppError('NOT_FOUND', { device: deviceId.slice(0, 64) });
    return recovery;
  };
  const decide = (
    deviceId: string,
    approved: boolean,
    from: readonly RecoveryView['state'][],
    by: Actor,
  ): void =>
    store.atomically(() => {
      if (!from.includes(stateOf(known(deviceId)))) {
        throw new AppError('CONFLICT', { value: deviceId.slice(0, 64) });
      }
      store.recoveries.decide(deviceId, approved, by.name, now());
      audit(approved ? 'recovery.approve' : 'recovery.refuse', deviceId, by);
    });

  return {
    pass: (device) => {
      if (modeOf(device.tunnel) === 'auto') return;
      const { deviceId, serial, notAfter } = device;
      const before = store.recoveries.of(deviceId);
      const isSame = before !== null && before.serial === serial;
      // An answer may be lost on its way: what was approved can be fetched again until the approval is over.
      if (isSame && before.approved === true && !isOver(before)) return;
      if (isSame && before.approved !== true) {
        if (now() - before.lastAskedAt > NOTE_MS) store.recoveries.askedAgain(deviceId, now());
        throw new AppError(before.approved === null ? 'RECOVERY_PENDING' : 'RECOVERY_REFUSED');
      }
      store.atomically(() => {
        store.recoveries.sweep(now() - KEEP_MS);
        store.recoveries.ask({ deviceId, serial, expiredAt: notAfter, askedAt: now() });
        audit('recovery.request', deviceId, { name: deviceId, address: null });
      });
      throw new AppError('RECOVERY_PENDING');
    },
    collected: ({ deviceId }) => store.recoveries.collect(deviceId, now()),
    list: () =>
      store.recoveries.list().flatMap((recovery) => {
        const device = store.devices.byId(recovery.deviceId);
        const tunnel = device === null ? null : store.tunnels.byId(device.tunnelId);
        if (device === null || tunnel === null || device.revokedAt !== null) return [];
        const { deviceId, expiredAt, askedAt, lastAskedAt, decidedAt, decidedBy } = recovery;
        const { hostname } = device;
        const facts = { deviceId, hostname, tunnel: tunnel.name, expiredAt, askedAt, lastAskedAt };
        return [{ ...facts, state: stateOf(recovery), decidedAt, decidedBy }];
      }),
    approve: (deviceId, by = adminKey) => decide(deviceId, true, ['pending', 'refused'], by),
    refuse: (deviceId, by = adminKey) => decide(deviceId, false, ['pending', 'approved'], by),
  };
}
