import { adminUserStore, type AdminUserStore } from './admin-users.ts';
import { auditStore, type AuditStore } from './audit.ts';
import { authRequestStore, type AuthRequestStore } from './auth-requests.ts';
import { openDatabase } from './database.ts';
import { deviceStore, type DeviceStore } from './devices.ts';
import { recoveryStore, type RecoveryStore } from './recoveries.ts';
import { tokenStore, type TokenStore } from './tokens.ts';
import { ruleStore, type RuleStore } from './tunnel-rules.ts';
import { tunnelStore, type TunnelStore } from './tunnels.ts';

/** Everything the relay keeps. */
export interface Store {
  readonly tunnels: TunnelStore;
  readonly devices: DeviceStore;
  readonly tokens: TokenStore;
  readonly rules: RuleStore;
  readonly authRequests: AuthRequestStore;
  readonly recoveries: RecoveryStore;
  readonly admins: AdminUserStore;
  readonly audit: AuditStore;
  /** Runs `work` in one transaction: all of it happens, or nothing (when it throws). */
  atomically<T>(work: () => T): T;
  /** Grows with every row that was written, so that views know when to read again. */
  changes(): number;
  close(): void;
}

/** Opens the store of a data directory. Throws `DATA_DIR_IN_USE`, `SETTINGS_FROM_FUTURE`. */
export function openStore(dataDir: string): Store {
  const database = openDatabase(dataDir);
  const changes = database.prepare<[], number>('SELECT total_changes()').pluck();
  return {
    tunnels: tunnelStore(database),
    devices: deviceStore(database),
    tokens: tokenStore(database),
    rules: ruleStore(database),
    authRequests: authRequestStore(database),
    recoveries: recoveryStore(database),
    admins: adminUserStore(database),
    audit: auditStore(database),
    atomically: (work) => database.transaction(work).immediate(),
    changes: () => changes.get() ?? 0,
    close: () => database.close(),
  };
}
