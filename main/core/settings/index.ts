import type { Logger } from '../../../common/domain/log.ts';
import type { SecretBox } from '../types.ts';
import { createApiKeyStore, type ApiKeyStore } from './api-key-store.ts';
import { createBotStore, type BotStore } from './bot-store.ts';
import { openDatabase } from './database.ts';
import { createIdentityStore, type IdentityStore } from './identity-store.ts';
import { createRequestStore, type RequestStore } from './request-store.ts';
import { createRouteStore, type RouteStore } from './route-store.ts';
import { openSecretStore, type SecretStore } from './secret-store.ts';
import { createServiceStore, type ServiceStore } from './service-store.ts';
import { createSettingsStore, type SettingsStore } from './settings-store.ts';
import { createTargetStore, type TargetStore } from './target-store.ts';

/** Everything that an operator decides and this device has to remember. */
export interface Stores {
  readonly settings: SettingsStore;
  readonly bots: BotStore;
  readonly targets: TargetStore;
  readonly routes: RouteStore;
  readonly services: ServiceStore;
  readonly apiKeys: ApiKeyStore;
  readonly identity: IdentityStore;
  readonly identityRequest: RequestStore;
  readonly secrets: SecretStore;
  /** Runs `work` in one transaction: all of it is stored, or nothing. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens the settings of a data directory that the caller has locked.
 * Throws `SETTINGS_CORRUPT`, `SETTINGS_FROM_FUTURE`, `SECRET_STORE_UNAVAILABLE`; a secret that does not open is logged and counts as unset.
 */
export async function openStores(dataDir: string, box: SecretBox, log: Logger): Promise<Stores> {
  const database = openDatabase(dataDir);
  try {
    const secrets = await openSecretStore(database, box, log);
    return {
      settings: createSettingsStore(database),
      bots: createBotStore(database),
      targets: createTargetStore(database),
      routes: createRouteStore(database),
      services: createServiceStore(database),
      apiKeys: createApiKeyStore(database),
      identity: createIdentityStore(database),
      identityRequest: createRequestStore(database),
      secrets,
      transaction(work) {
        const restore = secrets.checkpoint();
        try {
          return database.transaction(work)();
        } catch (error) {
          restore();
          throw error;
        }
      },
      close: () => void database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
