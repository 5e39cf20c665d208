import { createRouting, type Routing } from './delivery/routing/routing.ts';
import { createServices } from './publish/services.ts';
import type { BotConfig, GatewayConfig } from './types.ts';

/** The configuration with what is looked up in it all the time; replaced as one. */
export interface IndexedConfig {
  readonly config: GatewayConfig;
  readonly bots: {
    readonly byId: ReadonlyMap<string, BotConfig>;
    readonly defaultBot: string | null;
    readonly maxAgeMs: number;
  };
  readonly route: Routing;
  readonly services: ReturnType<typeof createServices>;
}

/** Throws BAD_INPUT {field, reason} for a route whose pattern is not taken. */
export function indexConfig(config: GatewayConfig): IndexedConfig {
  return {
    config,
    bots: {
      byId: new Map(config.bots.map((bot) => [bot.id, bot])),
      defaultBot: config.defaultBot,
      maxAgeMs: config.callbackMaxAgeMs,
    },
    route: createRouting(config),
    services: createServices(config.services ?? []),
  };
}
