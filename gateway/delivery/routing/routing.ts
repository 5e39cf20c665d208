import type { InboundMessage } from '../../../common/domain/inbound.ts';
import type { HashBy, Route } from '../../../common/domain/route.ts';
import { compileMatcher } from '../../../common/domain/route-match.ts';
import type { GatewayConfig } from '../../types.ts';
import type { Destination, Group } from './group.ts';

/** Chooses where a message goes; null keeps it in the inbox only. */
export type Routing = (message: InboundMessage) => Destination | null;

/**
 * Tries the routes in order, then the bot's own target. Throws BAD_INPUT {field, reason} for a route whose pattern is not
 * taken.
 */
export function createRouting(config: Pick<GatewayConfig, 'bots' | 'routes'>): Routing {
  const routes = (config.routes ?? []).map((route) => ({
    matches: compileMatcher(route),
    group: routeGroup(route),
    hashBy: route.balance === 'hash' ? route.hashBy : null,
  }));
  const own = new Map<string, Group>();
  for (const { id, target } of config.bots) {
    if (target === null) continue;
    own.set(id, { name: `bot:${id}`, members: [{ id: target }], balance: 'round_robin' });
  }
  return (message) => {
    const route = routes.find(({ matches }) => matches(message) === null);
    if (route !== undefined) {
      return route.group === null
        ? null
        : {
            group: route.group,
            key: route.hashBy === null ? null : hashKey(message, route.hashBy),
          };
    }
    const group = own.get(message.bot);
    return group === undefined ? null : { group, key: null };
  };
}

function routeGroup(route: Route): Group | null {
  if (route.targets.length === 0) return null;
  return { name: route.id, members: route.targets, balance: route.balance };
}

function hashKey(message: InboundMessage, by: HashBy): string {
  if (by === 'msg_id') return message.msgId ?? message.id;
  return `${message.bot}\n${by === 'chat' ? message.chat.id : message.from.userId}`;
}
