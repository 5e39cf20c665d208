import { receivesCallbacks, type BotView, type TargetView } from '../../../common/domain/bot.ts';
import type { RouteView } from '../../../common/domain/route.ts';
import {
  noFigures,
  type ServiceFigures,
  type ServiceView,
} from '../../../common/domain/service.ts';
import { viewSecret } from '../../../common/domain/secret.ts';
import type { CredentialHits, TargetHealth } from '../../../gateway/index.ts';
import type { LayeredStores } from '../config/index.ts';
import { secretName } from './secret-names.ts';

const noHits: CredentialHits = {
  current: { count: 0, lastAt: null },
  previous: { count: 0, lastAt: null },
};

/** The bots as the console shows them: secrets only as whether they are set. */
export function botViews(
  { bots, secrets, lockedBy }: Pick<LayeredStores, 'bots' | 'secrets' | 'lockedBy'>,
  hits: ReadonlyMap<string, CredentialHits>,
): BotView[] {
  return bots.list().map((bot) => ({
    ...bot,
    token: viewSecret(secrets.get(secretName.token(bot.id))),
    encodingAesKey: viewSecret(secrets.get(secretName.encodingAesKey(bot.id))),
    previousToken: viewSecret(secrets.get(secretName.previousToken(bot.id))),
    previousEncodingAesKey: viewSecret(secrets.get(secretName.previousEncodingAesKey(bot.id))),
    pairHits: hits.get(bot.id) ?? noHits,
    webhook: viewSecret(secrets.get(secretName.webhook(bot.id))),
    corpSecret: viewSecret(secrets.get(secretName.corpSecret(bot.id))),
    callbackPath: receivesCallbacks(bot.kind) ? `/wecom/callback/${bot.id}` : null,
    lockedBy: lockedBy('bots', bot.id),
  }));
}

/** The routes in the order in which they are tried. */
export function routeViews({
  routes,
  lockedBy,
}: Pick<LayeredStores, 'routes' | 'lockedBy'>): RouteView[] {
  return routes.list().map((route) => ({ ...route, lockedBy: lockedBy('routes', route.id) }));
}

/** The published services with what each does. */
export function serviceViews(
  { services, lockedBy }: Pick<LayeredStores, 'services' | 'lockedBy'>,
  figures: ReadonlyMap<string, ServiceFigures>,
): ServiceView[] {
  return services.list().map((service) => ({
    ...service,
    ...(figures.get(service.id) ?? noFigures),
    lockedBy: lockedBy('services', service.id),
  }));
}

/** What is known of a target that the gateway has not heard of. */
const unknown: TargetHealth = {
  healthy: null,
  state: 'up',
  inFlight: 0,
  ejectedUntil: null,
  ejectedSince: null,
  failure: null,
  breaker: 'closed',
  p99Ms: null,
  subscribers: 0,
};

/** The targets with what the gateway knows of their health. */
export function targetViews(
  { targets, secrets, lockedBy }: Pick<LayeredStores, 'targets' | 'secrets' | 'lockedBy'>,
  health: ReadonlyMap<string, TargetHealth>,
): TargetView[] {
  return targets.list().map((target) => ({
    ...target,
    secret: viewSecret(secrets.get(secretName.target(target.id))),
    websocket: target.url === '',
    lockedBy: lockedBy('targets', target.id),
    ...(health.get(target.id) ?? unknown),
  }));
}
