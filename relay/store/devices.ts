import type { Database } from 'better-sqlite3';
import type { DeviceCertificate } from '../ca/device-certificate.ts';

export interface StoredDevice {
  readonly id: string;
  readonly tunnelId: number;
  readonly hostname: string;
  readonly platform: string;
  readonly version: string;
  readonly enrolledAt: number;
  readonly revokedAt: number | null;
  /** Validity of the certificate that is valid longest. */
  readonly certificateNotBefore: number;
  readonly certificateNotAfter: number;
}

export interface StoredCertificate {
  readonly serial: string;
  readonly deviceId: string;
  readonly tunnelId: number;
  readonly notAfter: number;
  /** When it, or its device, was revoked. */
  readonly revokedAt: number | null;
}

interface DeviceRow {
  readonly id: string;
  readonly tunnel_id: number;
  readonly hostname: string;
  readonly platform: string;
  readonly version: string;
  readonly enrolled_at: number;
  readonly revoked_at: number | null;
  readonly not_before: number | null;
  readonly not_after: number | null;
}

export type NewDevice = Pick<
  StoredDevice,
  'id' | 'tunnelId' | 'hostname' | 'platform' | 'version' | 'enrolledAt'
>;

export interface DeviceStore {
  /** Meant to run inside the enrolment's transaction. */
  insert(device: NewDevice): void;
  addCertificate(deviceId: string, certificate: DeviceCertificate): void;
  byId(id: string): StoredDevice | null;
  ofTunnel(tunnelId: number): StoredDevice[];
  certificate(fingerprint: string): StoredCertificate | null;
  /** Raises the device's generation by one and keeps it, with what it says of its version; returns the new number. */
  nextGeneration(id: string, version: string): number;
  /** Revokes the device and all its certificates. False when there is none, or it was revoked before. */
  revoke(id: string, now: number): boolean;
}

const SELECT_DEVICE = `
  SELECT d.*, c.not_before, max(c.not_after) AS not_after
  FROM devices d LEFT JOIN certificates c ON c.device_id = d.id`;

export function deviceStore(database: Database): DeviceStore {
  const insert = database.prepare<[string, number, string, string, string, number]>(
    `INSERT INTO devices (id, tunnel_id, hostname, platform, version, enrolled_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const addCertificate = database.prepare<[string, string, string, number, number]>(
    `INSERT INTO certificates (serial, fingerprint, device_id, not_before, not_after)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const selectId = database.prepare<[string], DeviceRow>(
    `${SELECT_DEVICE} WHERE d.id = ? GROUP BY d.id`,
  );
  const selectTunnel = database.prepare<[number], DeviceRow>(
    `${SELECT_DEVICE} WHERE d.tunnel_id = ? GROUP BY d.id ORDER BY d.enrolled_at, d.id`,
  );
  const selectCertificate = database.prepare<
    [string],
    {
      serial: string;
      device_id: string;
      tunnel_id: number;
      not_after: number;
      revoked: number | null;
    }
  >(
    `SELECT c.serial, c.device_id, d.tunnel_id, c.not_after,
            coalesce(c.revoked_at, d.revoked_at) AS revoked
     FROM certificates c JOIN devices d ON d.id = c.device_id WHERE c.fingerprint = ?`,
  );
  const nextGeneration = database
    .prepare<[string, string], number>(
      'UPDATE devices SET generation = generation + 1, version = ? WHERE id = ? RETURNING generation',
    )
    .pluck();
  const revokeDevice = database.prepare<[number, string]>(
    'UPDATE devices SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
  );
  const revokeCertificates = database.prepare<[number, string]>(
    'UPDATE certificates SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL',
  );
  const revoke = database.transaction((id: string, now: number) => {
    if (revokeDevice.run(now, id).changes === 0) return false;
    revokeCertificates.run(now, id);
    return true;
  });

  return {
    insert: (device) => {
      const { id, tunnelId, hostname, platform, version, enrolledAt } = device;
      insert.run(id, tunnelId, hostname, platform, version, enrolledAt);
    },
    addCertificate: (deviceId, certificate) => {
      const { serial, fingerprint, notBefore, notAfter } = certificate;
      addCertificate.run(serial, fingerprint, deviceId, notBefore, notAfter);
    },
    byId: (id) => {
      const row = selectId.get(id);
      return row === undefined ? null : whole(row);
    },
    ofTunnel: (tunnelId) => selectTunnel.all(tunnelId).map(whole),
    certificate: (fingerprint) => {
      const row = selectCertificate.get(fingerprint);
      if (row === undefined) return null;
      return {
        serial: row.serial,
        deviceId: row.device_id,
        tunnelId: row.tunnel_id,
        notAfter: row.not_after,
        revokedAt: row.revoked,
      };
    },
    nextGeneration: (id, version) => {
      const generation = nextGeneration.get(version, id);
      if (generation === undefined) throw new Error('no such device');
      return generation;
    },
    revoke: (id, now) => revoke.immediate(id, now),
  };
}

function whole(row: DeviceRow): StoredDevice {
  return {
    id: row.id,
    tunnelId: row.tunnel_id,
    hostname: row.hostname,
    platform: row.platform,
    version: row.version,
    enrolledAt: row.enrolled_at,
    revokedAt: row.revoked_at,
    certificateNotBefore: row.not_before ?? 0,
    certificateNotAfter: row.not_after ?? 0,
  };
}
