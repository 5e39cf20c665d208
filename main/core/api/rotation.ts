import { AppError } from '../../../common/errors/app-error.ts';
import { receivesCallbacks } from '../../../common/domain/bot.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { LayeredStores } from '../config/index.ts';
import { secretName } from '../state/secret-names.ts';
import type { Handlers } from './dispatcher.ts';
import type { Exclusive } from './exclusive.ts';

export interface RotationOptions {
  readonly stores: Pick<LayeredStores, 'bots' | 'secrets' | 'transaction' | 'lockedBy'>;
  readonly exclusive: Exclusive;
  /** Makes the gateway work by what is now stored, and tells the consoles. */
  readonly applied: () => void;
  readonly log: Logger;
}

/** New keys without a gap: both pairs hold until the old one is retired. */
export function rotationHandlers(
  options: RotationOptions,
): Pick<Handlers, 'bots.rotate' | 'bots.retire'> {
  const { stores, exclusive, applied, log } = options;

  function known(id: string): void {
    const bot = stores.bots.get(id);
    if (bot === undefined || !receivesCallbacks(bot.kind)) {
      throw new AppError('NOT_FOUND', { kind: 'bot', id });
    }
    const source = stores.lockedBy('bots', id);
    if (source !== null) throw new AppError('SETTINGS_LOCKED', { key: `bots.${id}`, source });
  }

  async function rotate(id: string, token: string, encodingAesKey: string): Promise<void> {
    known(id);
    const pairs = [
      [secretName.token(id), secretName.previousToken(id), token],
      [secretName.encodingAesKey(id), secretName.previousEncodingAesKey(id), encodingAesKey],
    ] as const;
    if (pairs.some(([, previous]) => stores.secrets.get(previous) !== undefined)) {
      throw new AppError('CONFLICT', { kind: 'bot', id, reason: 'previous' });
    }
    const sealed = await Promise.all(
      pairs.flatMap(([current, previous, value]) => {
        const old = stores.secrets.get(current);
        return [
          stores.secrets.seal(current, value),
          ...(old === undefined ? [] : [stores.secrets.seal(previous, old)]),
        ];
      }),
    );
    stores.transaction(() => {
      for (const secret of sealed) stores.secrets.put(secret);
    });
    log.info({ audit: 'bots.rotate', bot: id }, 'keys of a bot replaced');
  }

  function retire(id: string): void {
    known(id);
    stores.transaction(() => {
      stores.secrets.remove(secretName.previousToken(id));
      stores.secrets.remove(secretName.previousEncodingAesKey(id));
    });
    log.info({ audit: 'bots.retire', bot: id }, 'previous keys of a bot retired');
  }

  const change = (work: () => Promise<void> | void): Promise<void> =>
    exclusive(async () => {
      await work();
      applied();
    });
  return {
    'bots.rotate': ({ id, token, encodingAesKey }) =>
      change(() => rotate(id, token, encodingAesKey)),
    'bots.retire': ({ id }) => change(() => retire(id)),
  };
}
