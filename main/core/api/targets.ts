import type { TargetInput } from '../../../common/domain/bot.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { Stores } from '../settings/index.ts';
import { newTarget } from '../settings/target-store.ts';
import { secretName } from '../state/secret-names.ts';
import type { Handlers } from './dispatcher.ts';
import type { Exclusive } from './exclusive.ts';

export interface TargetHandlerOptions {
  readonly stores: Pick<
    Stores,
    'bots' | 'targets' | 'routes' | 'services' | 'apiKeys' | 'secrets' | 'transaction'
  >;
  readonly exclusive: Exclusive;
  /** Makes the gateway work by what is now stored, and tells the consoles. */
  readonly applied: () => void;
  /** Makes a key of the management API; see `Core.createApiKey`. */
  readonly createKey: (id: string, target: string) => string;
  readonly log: Logger;
}

type TargetHandlers = Pick<
  Handlers,
  'targets.save' | 'targets.remove' | 'targets.drain' | 'targets.createKey'
>;

/** Targets. Each change is stored whole or not at all, and in force when the call answers. */
export function targetHandlers(options: TargetHandlerOptions): TargetHandlers {
  const { stores, exclusive, applied, log } = options;

  const save = async (input: TargetInput): Promise<void> => {
    const name = secretName.target(input.id);
    if (input.secret !== undefined && input.secret !== '' && !isSigningSecret(input.secret)) {
      throw new AppError('BAD_INPUT', { field: 'secret' });
    }
    const sealed =
      input.secret === undefined || input.secret === ''
        ? null
        : await stores.secrets.seal(name, input.secret);
    const known = stores.targets.get(input.id) ?? newTarget;
    const healthCheck = input.healthCheck === undefined ? known.healthCheck : input.healthCheck;
    if (input.url === '' && healthCheck !== null && input.healthCheck !== undefined) {
      throw new AppError('BAD_INPUT', { field: 'healthCheck' });
    }
    stores.transaction(() => {
      stores.targets.save({
        id: input.id,
        url: input.url,
        weight: input.weight ?? known.weight,
        priority: input.priority ?? known.priority,
        healthCheck: input.url === '' ? null : healthCheck,
        timeoutMs: input.timeoutMs ?? known.timeoutMs,
        maxInFlight: input.maxInFlight ?? known.maxInFlight,
        draining: known.draining,
      });
      if (input.secret === '') stores.secrets.remove(name);
      if (sealed !== null) stores.secrets.put(sealed);
    });
    log.info({ target: input.id }, 'target saved');
  };

  const remove = (id: string): void => {
    const users = [stores.bots, stores.routes, stores.services].flatMap((one) => one.usersOf(id));
    if (users.length > 0) {
      throw new AppError('CONFLICT', { kind: 'target', id, usedBy: users.join(', ') });
    }
    stores.transaction(() => {
      if (!stores.targets.remove(id)) throw new AppError('NOT_FOUND', { kind: 'target', id });
      stores.secrets.remove(secretName.target(id));
      stores.apiKeys.removeOf(id);
    });
    log.info({ target: id }, 'target removed');
  };

  const known = (id: string) => {
    const target = stores.targets.get(id);
    if (target === undefined) throw new AppError('NOT_FOUND', { kind: 'target', id });
    return target;
  };

  const drain = (id: string, draining: boolean): void => {
    stores.targets.save({ ...known(id), draining });
    log.info({ target: id, draining }, 'target drained');
  };

  const change = (work: () => Promise<void> | void): Promise<void> =>
    exclusive(async () => {
      await work();
      applied();
    });
  return {
    'targets.save': (input) => change(() => save(input)),
    'targets.remove': ({ id }) => change(() => remove(id)),
    'targets.drain': ({ id, draining }) => change(() => drain(id, draining)),
    'targets.createKey': ({ id }) =>
      exclusive(() => {
        if (known(id).url !== '') throw new AppError('CONFLICT', { kind: 'target', id });
        return { key: options.createKey(`target-${id}`, id) };
      }),
  };
}

/** Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes. */
function isSigningSecret(secret: string): boolean {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret);
  if (match?.[1] === undefined) return false;
  const bytes = Buffer.from(match[1], 'base64').length;
  return bytes >= 24 && bytes <= 64;
}
