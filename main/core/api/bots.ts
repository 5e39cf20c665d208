import {
  BotSending,
  fitsKind,
  receivesCallbacks,
  type BotInput,
} from '../../../common/domain/bot.ts';
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

type BotHandlers = Pick<Handlers, 'bots.save' | 'bots.remove'>;

/** Bots. Each change is stored whole or not at all, and in force when the call answers. */
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
    if (input.encodingAesKey !== undefined && !fitsKind(input.kind, input.encodingAesKey)) {
      throw new AppError('BAD_INPUT', { field: 'encodingAesKey' });
    }
    const sealed = await seal([
      [secretName.token(input.id), input.token],
      [secretName.encodingAesKey(input.id), input.encodingAesKey],
      [secretName.webhook(input.id), input.webhook],
      [secretName.corpSecret(input.id), input.corpSecret],
    ]);
    const before = stores.bots.get(input.id);
    const sending = BotSending.parse({ ...before, ...given(input) });
    stores.transaction(() => {
      stores.bots.save({ ...input, ...sending });
      for (const secret of sealed) stores.secrets.put(secret);
    });
    log.info({ bot: input.id, kind: input.kind }, 'bot saved');
  };

  const removeBot = (id: string): void => {
    stores.transaction(() => {
      if (!stores.bots.remove(id)) throw new AppError('NOT_FOUND', { kind: 'bot', id });
      stores.secrets.remove(secretName.bot(id));
    });
    log.info({ bot: id }, 'bot removed');
  };

  const change = (work: () => Promise<void> | void): Promise<void> =>
    exclusive(async () => {
      await work();
      applied();
    });
  return {
    'bots.save': (input) => change(() => saveBot(input)),
    'bots.remove': ({ id }) => change(() => removeBot(id)),
  };
}

/** The fields that the caller gave; what was left out keeps its stored value. */
function given(input: BotInput): Partial<BotInput> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
