import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  SealingKey,
  type BotEgress,
  type BotKind,
  type LateReply,
} from '../../../common/domain/bot.ts';
import type { LogLevel } from '../../../common/domain/log.ts';
import { Route, type GroupMember } from '../../../common/domain/route.ts';
import type { Service } from '../../../common/domain/service.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { ApiKeyConfig } from '../../../gateway/index.ts';
import type { SecretSource } from './fields.ts';
import {
  configError,
  MAX_CONFIG_BYTES,
  parseConfig,
  type ConfigProblem,
  type ParsedConfig,
  type Refused,
} from './parse.ts';
import { pathText, type Path } from './positions.ts';
import { secretRules, type ConfigValues } from './schema.ts';

/** Where the guide puts the file; read when it is there and nothing else was named. */
export const DEFAULT_CONFIG = '/etc/gateway/config.toml';

export type BotSecret = keyof typeof secretRules;

/** A bot that a file defines, its secrets read. */
export interface FileBot {
  readonly id: string;
  readonly kind: BotKind;
  readonly name: string;
  readonly receiveId: string;
  readonly corpId: string | null;
  readonly agentId: number | null;
  readonly egress: BotEgress;
  readonly overflow: readonly string[];
  readonly lateReply: LateReply | null;
  readonly apiBase: string | null;
  readonly fetchMedia: boolean;
  readonly target: string | null;
  readonly isDefault: boolean;
  readonly secrets: Readonly<Partial<Record<BotSecret, string>>>;
}

export interface FileTarget {
  readonly id: string;
  /** Empty for a WebSocket target. */
  readonly url: string;
  readonly weight: number;
  readonly priority: number;
  readonly healthCheck: string | null;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly failOn500: boolean;
  readonly secret?: string;
}

/** Everything that a configuration file says; what it leaves out is absent and decided elsewhere. */
export interface ConfigFile {
  /** Absolute path: the source that locked values show. */
  readonly path: string;
  readonly server: NonNullable<ConfigValues['server']>;
  readonly tunnel: NonNullable<ConfigValues['tunnel']>;
  readonly logging: NonNullable<ConfigValues['logging']>;
  readonly connectionPool: ConfigValues['connection_pool'];
  readonly compression: ConfigValues['compression'];
  readonly security: NonNullable<ConfigValues['security']>;
  readonly storage: NonNullable<ConfigValues['storage']>;
  readonly bots: readonly FileBot[];
  readonly targets: readonly FileTarget[];
  readonly routes: readonly Route[];
  readonly services: readonly Service[];
  readonly apiKeys: readonly ApiKeyConfig[];
}

export type LoggingConfig = {
  readonly level?: LogLevel;
  readonly format?: 'json' | 'text';
  readonly output?: readonly string[];
};

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads a configuration file and the secrets it points to. Throws CONFIG_INVALID {file, line, column, key, reason, allowed} for
 * the first of its problems, and {file, reason} where it cannot be read.
 */
export function readConfigFile(file: string, env: Env): ConfigFile {
  const checked = checkConfigFile(file, env);
  if ('problems' in checked) throw configError(resolve(file), checked.problems);
  return checked;
}

/** {@link readConfigFile} with all the problems. Throws CONFIG_INVALID {file, reason} where the file cannot be read. */
export function checkConfigFile(file: string, env: Env): ConfigFile | Refused {
  const path = resolve(file);
  const parsed = parseConfig(readText(path));
  if ('problems' in parsed) return parsed;
  const problems: ConfigProblem[] = [];
  const secrets = createSecretReader(parsed, env, problems);
  const config = assemble(path, parsed.values, secrets);
  return problems.length > 0 ? { problems } : config;
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_CONFIG_BYTES) throw new AppError('TOO_LARGE');
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new AppError('CONFIG_INVALID', { file: path, reason: code }, { cause });
  }
}

/** `sealing`: the key of a sealed bot's envelope, which has a form of its own. */
type SecretReader = (
  source: SecretSource | undefined,
  path: Path,
  sealing?: boolean,
) => string | undefined;

function createSecretReader(
  { locate }: ParsedConfig,
  env: Env,
  problems: ConfigProblem[],
): SecretReader {
  const report = (path: Path, allowed: string): undefined =>
    void problems.push({ ...locate(path), key: pathText(path), reason: 'secret', allowed });

  function read(source: SecretSource, path: Path): string | undefined {
    if (typeof source === 'string') return source;
    if ('env' in source) {
      return env[source.env] ?? report(path, `an environment variable that is set (${source.env})`);
    }
    try {
      return readFileSync(source.file, 'utf8').trim();
    } catch {
      return report(path, `a file that can be read (${source.file})`);
    }
  }

  return (source, path, sealing = false) => {
    if (source === undefined) return undefined;
    const value = read(source, path);
    if (value === undefined) return undefined;
    const key = String(path.at(-1));
    const [rule, allowed] =
      path[0] === 'bots' && Object.hasOwn(secretRules, key)
        ? secretRules[key as BotSecret]
        : [null, ''];
    if (sealing) {
      return SealingKey.safeParse(value).success
        ? value
        : report(path, 'a key of 16, 24 or 32 bytes');
    }
    if (path[0] === 'targets' && !isSigningSecret(value)) {
      return report(path, '"whsec_" and the base64 of 24 to 64 bytes');
    }
    return rule === null || rule.safeParse(value).success ? value : report(path, allowed);
  };
}

/** Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes. */
export function isSigningSecret(secret: string): boolean {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret);
  if (match?.[1] === undefined) return false;
  const bytes = Buffer.from(match[1], 'base64').length;
  return bytes >= 24 && bytes <= 64;
}

function assemble(path: string, values: ConfigValues, secret: SecretReader): ConfigFile {
  const receiving = (values.bots ?? []).filter(({ kind }) => kind !== 'robot');
  const named = receiving.find((bot) => bot.default === true);
  // A file with one bot that receives means that one by `/wecom/callback`.
  const defaultBot = named ?? (receiving.length === 1 ? receiving[0] : undefined);
  return {
    path,
    server: values.server ?? {},
    tunnel: values.tunnel ?? {},
    logging: values.logging ?? {},
    connectionPool: values.connection_pool,
    compression: values.compression,
    security: values.security ?? {},
    storage: values.storage ?? {},
    bots: (values.bots ?? []).map((bot, index) =>
      fileBot(bot, bot === defaultBot, (key) =>
        secret(bot[key], ['bots', index, key], bot.kind === 'sealed' && key === 'encoding_aes_key'),
      ),
    ),
    targets: (values.targets ?? []).map((target, index) => {
      const value = secret(target.secret, ['targets', index, 'secret']);
      return {
        id: target.id,
        url: target.url ?? '',
        weight: target.weight ?? 1,
        priority: target.priority ?? 0,
        healthCheck: target.health_check ?? null,
        timeoutMs: target.timeout ?? 30_000,
        maxInFlight: target.max_in_flight ?? 1024,
        failOn500: target.fail_on_500 ?? true,
        ...(value === undefined ? {} : { secret: value }),
      };
    }),
    routes: (values.routes ?? []).map((route, index) => fileRoute(route, index)),
    services: (values.services ?? []).map((service) => ({
      id: service.id,
      host: service.host?.toLowerCase() ?? null,
      path: service.path ?? '/',
      stripPath: service.strip_path ?? false,
      targets: membersOf(service),
      balance: service.balance ?? 'round_robin',
      websocket: service.websocket ?? true,
      timeoutMs: service.timeout ?? 60_000,
    })),
    apiKeys: (values.api?.keys ?? []).map(({ target, ...key }) => ({
      ...key,
      ...(target === undefined ? {} : { target }),
    })),
  };
}

type BotTable = NonNullable<ConfigValues['bots']>[number];

function fileBot(
  bot: BotTable,
  isDefault: boolean,
  secret: (key: BotSecret) => string | undefined,
): FileBot {
  const secrets: Partial<Record<BotSecret, string>> = {};
  for (const key of Object.keys(secretRules) as BotSecret[]) {
    const value = secret(key);
    if (value !== undefined) secrets[key] = value;
  }
  return {
    id: bot.id,
    kind: bot.kind,
    name: bot.name ?? '',
    receiveId: bot.receive_id ?? (bot.kind === 'app' ? (bot.corp_id ?? '') : ''),
    corpId: bot.corp_id ?? null,
    agentId: bot.agent_id ?? null,
    egress: bot.egress ?? 'auto',
    overflow: bot.overflow ?? [],
    lateReply: bot.late_reply ?? null,
    apiBase: bot.api_base ?? null,
    fetchMedia: bot.fetch_media ?? false,
    target: bot.target ?? null,
    isDefault,
    secrets,
  };
}

type RouteTable = NonNullable<ConfigValues['routes']>[number];

function fileRoute(route: RouteTable, index: number): Route {
  return Route.parse({
    id: route.id ?? `file-${index + 1}`,
    name: route.name ?? '',
    enabled: route.enabled ?? true,
    match: {
      bots: route.bot ?? [],
      types: route.type ?? [],
      events: route.event ?? [],
      keywords: route.text ?? [],
      pattern: route.pattern ?? null,
      senders: route.sender ?? [],
      chats: route.chat ?? [],
    },
    targets: membersOf(route),
    ...(route.balance === undefined ? {} : { balance: route.balance }),
    ...(route.hash_by === undefined ? {} : { hashBy: route.hash_by }),
  });
}

function membersOf(entry: Pick<RouteTable, 'target' | 'targets'>): GroupMember[] {
  if (entry.target !== undefined) return [{ id: entry.target }];
  return (entry.targets ?? []).map((member): GroupMember => {
    if (typeof member === 'string') return { id: member };
    const { id, weight, priority } = member;
    return {
      id,
      ...(weight === undefined ? {} : { weight }),
      ...(priority === undefined ? {} : { priority }),
    };
  });
}
