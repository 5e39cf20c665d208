import type { BotConfig, GatewayConfig, TargetConfig } from '../../../gateway/index.ts';
import type { ConfigFile } from '../config/index.ts';
import type { Stores } from '../settings/index.ts';
import { secretName } from './secret-names.ts';

/** Greatest difference between a callback's timestamp and our clock (DESIGN §6, `callback_max_age`). */
const CALLBACK_MAX_AGE_MS = 300_000;
const DAY_MS = 86_400_000;
const MB = 1 << 20;

type Source = Pick<
  Stores,
  'bots' | 'targets' | 'routes' | 'services' | 'apiKeys' | 'secrets' | 'settings'
>;

/** Everything that the gateway works by, secrets opened: what is stored, and what only the configuration file says. */
export function gatewayConfig(stores: Source, file: ConfigFile | null): GatewayConfig {
  const { retentionDays, storeMaxMb, redactAfterDays } = stores.settings.read();
  const bots = stores.bots.list();
  return {
    bots: bots.map((bot): BotConfig => {
      const token = stores.secrets.get(secretName.token(bot.id));
      const encodingAesKey = stores.secrets.get(secretName.encodingAesKey(bot.id));
      const previousToken = stores.secrets.get(secretName.previousToken(bot.id));
      const previousEncodingAesKey = stores.secrets.get(secretName.previousEncodingAesKey(bot.id));
      const webhook = stores.secrets.get(secretName.webhook(bot.id));
      const corpSecret = stores.secrets.get(secretName.corpSecret(bot.id));
      const { corpId, agentId, egress, overflow, lateReply, apiBase, fetchMedia } = bot;
      return {
        id: bot.id,
        kind: bot.kind,
        receiveId: bot.receiveId,
        target: bot.target,
        ...(token === undefined ? {} : { token }),
        ...(encodingAesKey === undefined ? {} : { encodingAesKey }),
        ...(previousToken === undefined ? {} : { previousToken }),
        ...(previousEncodingAesKey === undefined ? {} : { previousEncodingAesKey }),
        ...(fetchMedia ? { fetchMedia } : {}),
        ...(webhook === undefined ? {} : { webhook }),
        ...(corpSecret === undefined ? {} : { corpSecret }),
        ...(corpId === null ? {} : { corpId }),
        ...(agentId === null ? {} : { agentId }),
        ...(egress === 'auto' ? {} : { egress }),
        ...(overflow.length === 0 ? {} : { overflow }),
        ...(lateReply === null ? {} : { lateReply }),
        ...(apiBase === null ? {} : { apiBase }),
      };
    }),
    targets: stores.targets.list().map((target): TargetConfig => {
      const secret = stores.secrets.get(secretName.target(target.id));
      const { healthCheck, ...rest } = target;
      return {
        ...rest,
        ...(healthCheck === null ? {} : { healthCheck }),
        ...(secret === undefined ? {} : { secret }),
      };
    }),
    routes: stores.routes.list(),
    services: stores.services.list(),
    defaultBot: bots.find((bot) => bot.isDefault)?.id ?? null,
    apiKeys: stores.apiKeys.list(),
    callbackMaxAgeMs: CALLBACK_MAX_AGE_MS,
    retentionMs: retentionDays * DAY_MS,
    storeMaxBytes: storeMaxMb * MB,
    redactMs: redactAfterDays * DAY_MS,
    ...(file === null ? {} : onlyInFile(file)),
  };
}

/** Keys that no setting of the console stands for. */
function onlyInFile(file: ConfigFile): Partial<GatewayConfig> {
  const { connectionPool, compression, security, server, storage, tunnel } = file;
  return {
    ...(connectionPool === undefined
      ? {}
      : {
          connectionPool: {
            maxIdle: connectionPool.max_idle ?? 50,
            maxOpen: connectionPool.max_open ?? 200,
            idleTimeoutMs: connectionPool.idle_timeout ?? 1_800_000,
          },
        }),
    ...(compression === undefined
      ? {}
      : {
          compression: {
            enabled: compression.enabled ?? true,
            minSize: compression.min_size ?? 1024,
            level: compression.level ?? 6,
          },
        }),
    ...(server.max_connections === undefined ? {} : { maxConnections: server.max_connections }),
    ...(security.callback_max_age === undefined
      ? {}
      : { callbackMaxAgeMs: security.callback_max_age }),
    ...(security.callback_addresses === undefined
      ? {}
      : { callbackSources: security.callback_addresses }),
    ...(security.allowed_target_networks === undefined
      ? {}
      : { allowedTargetNetworks: security.allowed_target_networks }),
    ...(security.trusted_proxies === undefined ? {} : { trustedProxies: security.trusted_proxies }),
    ...(storage.retention === undefined ? {} : { retentionMs: storage.retention }),
    ...(storage.max_size === undefined ? {} : { storeMaxBytes: storage.max_size }),
    ...(storage.redact_after === undefined ? {} : { redactMs: storage.redact_after }),
    ...(tunnel.health_check === undefined ? {} : { healthPath: tunnel.health_check }),
  };
}
