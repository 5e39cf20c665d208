import { auditStore, type AuditStore } from './audit.ts';
import { openDatabase } from './database.ts';
import { deviceStore, type DeviceStore } from './devices.ts';
import { tokenStore, type TokenStore } from './tokens.ts';
import { tunnelStore, type TunnelStore } from './tunnels.ts';

/** Everything the relay keeps. */
export interface Store {
  readonly tunnels: TunnelStore;
  readonly devices: DeviceStore;
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  /** Runs `work` in one transaction: all of it happens, or nothing (when it throws). */
  atomically<T>(work: () => T): T;
  close(): void;
}

/** Opens the store of a data directory. Throws `DATA_DIR_IN_USE`, `SETTINGS_FROM_FUTURE`. */
export function openStore(dataDir: string): Store {
  const database = openDatabase(dataDir);
  return {
    tunnels: tunnelStore(database),
    devices: deviceStore(database),
    tokens: tokenStore(database),
    audit: auditStore(database),
    atomically: (work) => database.transaction(work).immediate(),
    close: () => database.close(),
  };
}
