import type { Service } from '../../../common/domain/service.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { Stores } from '../settings/index.ts';
import type { Exclusive } from './exclusive.ts';

/** Services that may be stored. */
const MAX_SERVICES = 200;

/** Published services, as the console and the management API change them; what is changed is in force at once. */
export interface ServiceChanges {
  /** Throws NOT_FOUND {kind: 'target'}, BAD_INPUT {field}, CONFLICT {kind: 'service', id}, BUSY {limit}, SETTINGS_LOCKED. */
  save(service: Service): Promise<void>;
  /** Throws NOT_FOUND {kind: 'service'}, SETTINGS_LOCKED. */
  remove(id: string): Promise<void>;
}

export function serviceChanges(options: {
  readonly stores: Pick<Stores, 'targets' | 'services'>;
  readonly exclusive: Exclusive;
  readonly applied: () => void;
  readonly log: Logger;
}): ServiceChanges {
  const { stores, log } = options;

  const check = (service: Service): void => {
    const ids = service.targets.map(({ id }) => id);
    for (const id of ids) {
      const target = stores.targets.get(id);
      if (target === undefined) throw new AppError('NOT_FOUND', { kind: 'target', id });
      // A subscriber takes messages, not requests.
      if (target.url === '') throw new AppError('BAD_INPUT', { field: 'targets', target: id });
    }
    if (new Set(ids).size < ids.length) throw new AppError('BAD_INPUT', { field: 'targets' });
    const others = stores.services.list().filter(({ id }) => id !== service.id);
    const same = others.find(
      ({ host, path }) => host === service.host && prefixOf(path) === prefixOf(service.path),
    );
    if (same !== undefined) throw new AppError('CONFLICT', { kind: 'service', id: same.id });
    if (others.length >= MAX_SERVICES) throw new AppError('BUSY', { limit: MAX_SERVICES });
  };

  const change = (work: () => void): Promise<void> =>
    options.exclusive(() => {
      work();
      options.applied();
    });
  return {
    save: (service) =>
      change(() => {
        check(service);
        stores.services.save(service);
        log.info({ service: service.id }, 'service published');
      }),
    remove: (id) =>
      change(() => {
        if (!stores.services.remove(id)) throw new AppError('NOT_FOUND', { kind: 'service', id });
        log.info({ service: id }, 'service withdrawn');
      }),
  };
}

/** `/shop/` takes the same requests as `/shop`. */
function prefixOf(path: string): string {
  return path.replace(/\/+$/, '');
}
