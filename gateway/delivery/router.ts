import type { InboundMessage } from '../../common/domain/inbound.ts';
import type { GatewayConfig } from '../types.ts';

/** Chooses the target of a message by its id; null keeps the message in the inbox only. */
export type Router = (message: InboundMessage) => string | null;

/** Routes every message to the target of its bot. */
export function createRouter(config: GatewayConfig): Router {
  const targets = new Map(config.bots.map((bot) => [bot.id, bot.target]));
  return (message) => targets.get(message.bot) ?? null;
}
