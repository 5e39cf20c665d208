import { AppError } from '../../../common/errors/app-error.ts';
import type { Settings } from '../../../common/domain/settings.ts';
import type { BotRecord } from '../settings/bot-store.ts';
import type { Stores } from '../settings/index.ts';
import { leadingTo } from '../settings/service-store.ts';
import type { TargetRecord } from '../settings/target-store.ts';
import { secretName } from '../state/secret-names.ts';
import type { BotSecret, ConfigFile, FileBot, FileTarget } from './config-file.ts';

const DAY_MS = 86_400_000;
const MB = 1 << 20;

/** Things that a configuration file may define, by the name that SETTINGS_LOCKED gives. */
type Kind = 'bots' | 'targets' | 'routes' | 'services' | 'apiKeys';

/** Stores that show what a file says before what is stored, and refuse to change that. */
export interface LayeredStores extends Stores {
  /** The file that defines this one; null where it can be edited. */
  lockedBy(kind: Kind, id: string): string | null;
  /** Settings that the file fixes → the file. */
  lockedSettings(): Readonly<Record<string, string>>;
}

/**
 * Lays what `file()` defines over `stores`. What is stored under the same name stays as it is underneath and comes back with
 * the file's going. Writing something that the file defines throws SETTINGS_LOCKED {key, source}.
 */
export function layerConfig(stores: Stores, file: () => ConfigFile | null): LayeredStores {
  const indexed = createIndex(file);
  const lockedBy = (kind: Kind, id: string): string | null => {
    const index = indexed();
    return index?.[kind].has(id) === true ? index.path : null;
  };
  const guard = (kind: Kind, id: string): void => {
    const source = lockedBy(kind, id);
    if (source !== null) throw new AppError('SETTINGS_LOCKED', { key: `${kind}.${id}`, source });
  };
  /** Changes of what the file does not define. */
  const guarded = <T extends { readonly id: string }>(
    kind: Kind,
    store: { save(one: T): void; remove(id: string): boolean },
  ) => ({
    save(one: T): void {
      guard(kind, one.id);
      store.save(one);
    },
    remove(id: string): boolean {
      guard(kind, id);
      return store.remove(id);
    },
  });
  /** Those of the file, then those of the store that the file does not define. */
  function both<T extends { readonly id: string }>(
    kind: Kind,
    defined: readonly T[],
    stored: readonly T[],
  ): T[] {
    return [...defined, ...stored.filter(({ id }) => lockedBy(kind, id) === null)];
  }

  const bots = (): BotRecord[] => {
    const config = file();
    const defined = (config?.bots ?? []).map(botRecord);
    const fixed = defined.some(({ isDefault }) => isDefault);
    const all = both('bots', defined, stores.bots.list()).map((bot) =>
      fixed && lockedBy('bots', bot.id) === null ? { ...bot, isDefault: false } : bot,
    );
    return all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };
  const targets = (): TargetRecord[] =>
    both('targets', (file()?.targets ?? []).map(targetRecord), stores.targets.list()).toSorted(
      (a, b) => (a.id < b.id ? -1 : 1),
    );
  const routes = () => both('routes', file()?.routes ?? [], stores.routes.list());
  const services = () =>
    both('services', file()?.services ?? [], stores.services.list()).toSorted((a, b) =>
      a.id < b.id ? -1 : 1,
    );

  return {
    ...stores,
    lockedBy,
    lockedSettings() {
      const config = file();
      if (config === null) return {};
      const keys = Object.keys(settingsOf(config));
      return Object.fromEntries(keys.map((key) => [key, config.path]));
    },
    settings: {
      read: () => ({ ...stores.settings.read(), ...settingsOf(file()) }),
      update: (patch) => stores.settings.update(patch),
    },
    bots: {
      list: bots,
      get: (id) => bots().find((bot) => bot.id === id),
      ...guarded('bots', stores.bots),
      usersOf: (target) =>
        also(
          bots()
            .filter((bot) => bot.target === target)
            .map(({ id }) => id),
          stores.bots.usersOf(target),
        ),
    },
    targets: {
      list: targets,
      get: (id) => targets().find((target) => target.id === id),
      has: (id) => targets().some((target) => target.id === id),
      ...guarded('targets', stores.targets),
    },
    routes: {
      list: routes,
      ...guarded('routes', stores.routes),
      // The file's come first, in the file's order; only the others can be put in another.
      reorder: (ids) => {
        const free = ids.filter((id) => lockedBy('routes', id) === null);
        const hidden = stores.routes.list().filter(({ id }) => lockedBy('routes', id) !== null);
        const fixed = ids.filter((id) => lockedBy('routes', id) !== null);
        if (fixed.length !== (file()?.routes.length ?? 0)) return false;
        return stores.routes.reorder([...free, ...hidden.map(({ id }) => id)]);
      },
      usersOf: (target) => also(leadingTo(routes(), target), stores.routes.usersOf(target)),
    },
    services: {
      list: services,
      ...guarded('services', stores.services),
      usersOf: (target) => also(leadingTo(services(), target), stores.services.usersOf(target)),
    },
    apiKeys: {
      ...stores.apiKeys,
      list: () =>
        both(
          'apiKeys',
          (file()?.apiKeys ?? []).map((key) => ({ ...key, scopes: [...key.scopes] })),
          stores.apiKeys.list(),
        ),
      save(key, createdAt) {
        guard('apiKeys', key.id);
        stores.apiKeys.save(key, createdAt);
      },
    },
    secrets: {
      ...stores.secrets,
      get: (name) => {
        const defined = fileSecret(indexed(), name);
        return defined === null ? stores.secrets.get(name) : defined.value;
      },
    },
  };
}

/** Those in force, and those that the file hides: they need their target again when the file goes. */
function also(shown: readonly string[], stored: readonly string[]): string[] {
  return [...new Set([...shown, ...stored])];
}

/** The settings that a file fixes. */
function settingsOf(config: ConfigFile | null): Partial<Settings> {
  if (config === null) return {};
  const { server, security, logging, storage } = config;
  const port = server.port ?? security.admin_listen?.port;
  return {
    ...(port === undefined ? {} : { managementPort: port }),
    ...(logging.level === undefined ? {} : { logLevel: logging.level }),
    ...(storage.retention === undefined
      ? {}
      : { retentionDays: Math.ceil(storage.retention / DAY_MS) }),
    ...(storage.max_size === undefined ? {} : { storeMaxMb: Math.ceil(storage.max_size / MB) }),
    ...(storage.redact_after === undefined
      ? {}
      : { redactAfterDays: Math.ceil(storage.redact_after / DAY_MS) }),
  };
}

function botRecord(bot: FileBot): BotRecord {
  const { secrets: _secrets, overflow, ...rest } = bot;
  return { ...rest, overflow: [...overflow] };
}

function targetRecord(target: FileTarget): TargetRecord {
  const { secret: _secret, ...rest } = target;
  return { ...rest, draining: false };
}

const botSecretNames = [
  ['token', secretName.token],
  ['encoding_aes_key', secretName.encodingAesKey],
  ['previous_token', secretName.previousToken],
  ['previous_encoding_aes_key', secretName.previousEncodingAesKey],
  ['webhook', secretName.webhook],
  ['corp_secret', secretName.corpSecret],
] as const satisfies readonly (readonly [BotSecret, (id: string) => string])[];

/** What a file defines, by the names of it: a gateway of a thousand bots asks for thousands of secrets at once. */
interface Index extends Readonly<Record<Kind, ReadonlyMap<string, unknown>>> {
  readonly path: string;
  readonly bots: ReadonlyMap<string, FileBot>;
  readonly targets: ReadonlyMap<string, FileTarget>;
}

/** The index of the file that is in force, made once for each. */
function createIndex(file: () => ConfigFile | null): () => Index | null {
  let of: ConfigFile | null = null;
  let index: Index | null = null;
  return () => {
    const config = file();
    if (config !== of) {
      of = config;
      index = config === null ? null : indexOf(config);
    }
    return index;
  };
}

function indexOf({ path, bots, targets, routes, services, apiKeys }: ConfigFile): Index {
  const byId = <T extends { readonly id: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
    new Map(all.map((one) => [one.id, one]));
  return {
    path,
    bots: byId(bots),
    targets: byId(targets),
    routes: byId(routes),
    services: byId(services),
    apiKeys: byId(apiKeys),
  };
}

/** What the file says of a secret: null where it defines nothing that the secret belongs to. */
function fileSecret(
  index: Index | null,
  name: string,
): { readonly value: string | undefined } | null {
  const [, kind, id = ''] = /^(bot|target)\/([^/]+)\//.exec(name) ?? [];
  if (index === null || kind === undefined) return null;
  if (kind === 'target') {
    const target = index.targets.get(id);
    return target === undefined ? null : { value: target.secret };
  }
  const bot = index.bots.get(id);
  if (bot === undefined) return null;
  const key = botSecretNames.find(([, nameOf]) => nameOf(id) === name)?.[0];
  return { value: key === undefined ? undefined : bot.secrets[key] };
}
