import type { Route } from '../../../common/domain/route.ts';
import { compileMatcher } from '../../../common/domain/route-match.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { Stores } from '../settings/index.ts';
import type { Handlers } from './dispatcher.ts';
import type { Exclusive } from './exclusive.ts';

/** Routes that may be stored. */
const MAX_ROUTES = 200;

type RouteHandlers = Pick<Handlers, 'routes.save' | 'routes.remove' | 'routes.reorder'>;

/** Routes; what is changed is in force when the call answers. */
export function routeHandlers(options: {
  readonly stores: Pick<Stores, 'bots' | 'targets' | 'routes'>;
  readonly exclusive: Exclusive;
  readonly applied: () => void;
  readonly log: Logger;
}): RouteHandlers {
  const { stores, log } = options;

  const save = (route: Route): void => {
    compileMatcher(route);
    const ids = route.targets.map(({ id }) => id);
    const unknown = ids.find((id) => !stores.targets.has(id));
    if (unknown !== undefined) throw new AppError('NOT_FOUND', { kind: 'target', id: unknown });
    if (new Set(ids).size < ids.length) throw new AppError('BAD_INPUT', { field: 'targets' });
    const bot = route.match.bots.find((id) => stores.bots.get(id) === undefined);
    if (bot !== undefined) throw new AppError('NOT_FOUND', { kind: 'bot', id: bot });
    const known = stores.routes.list();
    if (known.length >= MAX_ROUTES && !known.some(({ id }) => id === route.id)) {
      throw new AppError('BUSY', { limit: MAX_ROUTES });
    }
    stores.routes.save(route);
    log.info({ route: route.id }, 'route saved');
  };

  const change = (work: () => void): Promise<void> =>
    options.exclusive(() => {
      work();
      options.applied();
    });
  return {
    'routes.save': (route) => change(() => save(route)),
    'routes.remove': ({ id }) =>
      change(() => {
        if (!stores.routes.remove(id)) throw new AppError('NOT_FOUND', { kind: 'route', id });
        log.info({ route: id }, 'route removed');
      }),
    'routes.reorder': ({ ids }) =>
      change(() => {
        if (!stores.routes.reorder(ids)) throw new AppError('CONFLICT', { kind: 'route' });
        log.info({}, 'routes put in order');
      }),
  };
}
