import { AppError } from '../../../common/errors/app-error.ts';
import type { BotConfig, Egress } from '../../types.ts';
import { fetchToken, PUBLIC_API, type ApiWay } from '../../wecom/index.ts';
import { egressOf } from '../egress.ts';
import type { Credentials, TokenSource } from './token-source.ts';

/** A bot that can act as its app. */
export interface App {
  readonly bot: BotConfig;
  readonly agentId: number;
  readonly credentials: Credentials;
}

/** What WeCom's API answers at the least. */
export interface Answered {
  readonly errcode: number;
  readonly errmsg: string;
  readonly fromIp: string | null;
}

/** `token`: the call itself was not made, because there was no token for it. */
export type Called<T> =
  { readonly at: 'call'; readonly answer: T } | { readonly at: 'token'; readonly answer: Answered };

/** Errors of the token, before the call: nothing of the call itself has left. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('no access token', { cause: reason });
    this.reason = reason;
  }
}

/** Calls in an app's name. */
export interface AppClient {
  /**
   * Makes a call with the app's token; where WeCom no longer takes the token (40014, 42001, 40001), once more with a new
   * one. Rejects with {@link TokenError}, or as the call does.
   */
  call<T extends Answered>(
    app: App,
    make: (way: ApiWay, token: string) => Promise<T>,
  ): Promise<Called<T>>;
}

const staleToken: ReadonlySet<number> = new Set([40014, 42001, 40001]);

export function createAppClient(options: {
  readonly tokens: TokenSource;
  readonly egress: Egress;
  readonly timeoutMs: number;
}): AppClient {
  const { tokens, timeoutMs } = options;

  return {
    async call(app, make) {
      const way = (): ApiWay => ({
        base: app.credentials.base,
        dispatcher: egressOf(app.bot, options.egress).dispatcher(),
        timeoutMs,
      });
      const { corpId, secret } = app.credentials;
      const token = () =>
        tokens
          .get(app.credentials, () => fetchToken(way(), corpId, secret))
          .catch((error: unknown) => {
            throw new TokenError(error);
          });
      const first = await token();
      if (!first.ok) return { at: 'token', answer: first.answer };
      const answer = await make(way(), first.token);
      if (!staleToken.has(answer.errcode)) return { at: 'call', answer };
      tokens.invalidate(app.credentials, first.token);
      const second = await token();
      if (!second.ok) return { at: 'token', answer: second.answer };
      return { at: 'call', answer: await make(way(), second.token) };
    },
  };
}

/** The bot as an app. Throws APP_CREDENTIALS_MISSING {bot}. */
export function appOf(bot: BotConfig): App {
  const { corpId, corpSecret: secret, agentId } = bot;
  if (corpId === undefined || secret === undefined || agentId === undefined) {
    throw new AppError('APP_CREDENTIALS_MISSING', { bot: bot.id });
  }
  return { bot, agentId, credentials: { base: bot.apiBase ?? PUBLIC_API, corpId, secret } };
}
