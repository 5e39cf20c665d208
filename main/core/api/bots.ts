import { receivesCallbacks, type BotInput, type TargetInput } from '../../../common/domain/bot.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { SealedSecret } from '../settings/secret-store.ts';
import type { Stores } from '../settings/index.ts';
import { secretName } from '../state/secret-names.ts';
import type { Handlers } from './dispatcher.ts';
import type { Exclusive } from './exclusive.ts';

export interface BotHandlerOptions {
  readonly stores: Pick<Stores, 'bots' | 'targets' | 'secrets' | 'transaction'>;
  readonly exclusive: Exclusive;
  /** Makes the gateway work by what is now stored, and tells the consoles. */
  readonly applied: () => void;
  readonly log: Logger;
}

type BotHandlers = Pick<Handlers, 'bots.save' | 'bots.remove' | 'targets.save' | 'targets.remove'>;

/** Bots and targets. Each change is stored whole or not at all, and in force when the call answers. */
export function botHandlers({ stores, exclusive, applied, log }: BotHandlerOptions): BotHandlers {
  const seal = async (
    entries: readonly (readonly [string, string | undefined])[],
  ): Promise<SealedSecret[]> => {
    const given = entries.flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value }],
    );
    return Promise.all(given.map(({ name, value }) => stores.secrets.seal(name, value)));
  };

  const saveBot = async (input: BotInput): Promise<void> => {
    if (input.target !== null && !stores.targets.has(input.target)) {
      throw new AppError('NOT_FOUND', { kind: 'target', id: input.target });
    }
    if (input.isDefault && !receivesCallbacks(input.kind)) {
      throw new AppError('BAD_INPUT', { field: 'isDefault' });
    }
    const sealed = await seal([
      [secretName.token(input.id), input.token],
      [secretName.encodingAesKey(input.id), input.encodingAesKey],
      [secretName.webhook(input.id), input.webhook],
    ]);
    stores.transaction(() => {
      stores.bots.save(input);
      for (const secret of sealed) stores.secrets.put(secret);
    });
    log.info({ bot: input.id, kind: input.kind }, 'bot saved');
  };

  const saveTarget = async (input: TargetInput): Promise<void> => {
    const name = secretName.target(input.id);
    if (input.secret !== undefined && input.secret !== '' && !isSigningSecret(input.secret)) {
      throw new AppError('BAD_INPUT', { field: 'secret' });
    }
    const sealed = await seal([[name, input.secret === '' ? undefined : input.secret]]);
    stores.transaction(() => {
      stores.targets.save({ id: input.id, url: input.url });
      if (input.secret === '') stores.secrets.remove(name);
      for (const secret of sealed) stores.secrets.put(secret);
    });
    log.info({ target: input.id }, 'target saved');
  };

  const removeBot = (id: string): void => {
    stores.transaction(() => {
      if (!stores.bots.remove(id)) throw new AppError('NOT_FOUND', { kind: 'bot', id });
      stores.secrets.remove(secretName.bot(id));
    });
    log.info({ bot: id }, 'bot removed');
  };

  const removeTarget = (id: string): void => {
    const users = stores.bots.usersOf(id);
    if (users.length > 0) {
      throw new AppError('CONFLICT', { kind: 'target', id, usedBy: users.join(', ') });
    }
    stores.transaction(() => {
      if (!stores.targets.remove(id)) throw new AppError('NOT_FOUND', { kind: 'target', id });
      stores.secrets.remove(secretName.target(id));
    });
    log.info({ target: id }, 'target removed');
  };

  const change = (work: () => Promise<void> | void): Promise<void> =>
    exclusive(async () => {
      await work();
      applied();
    });
  return {
    'bots.save': (input) => change(() => saveBot(input)),
    'bots.remove': ({ id }) => change(() => removeBot(id)),
    'targets.save': (input) => change(() => saveTarget(input)),
    'targets.remove': ({ id }) => change(() => removeTarget(id)),
  };
}

/** Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes. */
function isSigningSecret(secret: string): boolean {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret);
  if (match?.[1] === undefined) return false;
  const bytes = Buffer.from(match[1], 'base64').length;
  return bytes >= 24 && bytes <= 64;
}
