import type { BotConfig, GatewayConfig, TargetConfig } from '../../../gateway/index.ts';
import type { Stores } from '../settings/index.ts';
import { secretName } from './secret-names.ts';

/** Greatest difference between a callback's timestamp and our clock (DESIGN §6, `callback_max_age`). */
const CALLBACK_MAX_AGE_MS = 300_000;
const DAY_MS = 86_400_000;

type Source = Pick<Stores, 'bots' | 'targets' | 'routes' | 'apiKeys' | 'secrets' | 'settings'>;

/** Everything stored that the gateway works by, secrets opened. */
export function gatewayConfig(stores: Source): GatewayConfig {
  const bots = stores.bots.list();
  return {
    bots: bots.map((bot): BotConfig => {
      const token = stores.secrets.get(secretName.token(bot.id));
      const encodingAesKey = stores.secrets.get(secretName.encodingAesKey(bot.id));
      const webhook = stores.secrets.get(secretName.webhook(bot.id));
      const corpSecret = stores.secrets.get(secretName.corpSecret(bot.id));
      const { corpId, agentId, egress, overflow, lateReply, apiBase } = bot;
      return {
        id: bot.id,
        kind: bot.kind,
        receiveId: bot.receiveId,
        target: bot.target,
        ...(token === undefined ? {} : { token }),
        ...(encodingAesKey === undefined ? {} : { encodingAesKey }),
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
    defaultBot: bots.find((bot) => bot.isDefault)?.id ?? null,
    apiKeys: stores.apiKeys.list(),
    callbackMaxAgeMs: CALLBACK_MAX_AGE_MS,
    retentionMs: stores.settings.read().retentionDays * DAY_MS,
  };
}
