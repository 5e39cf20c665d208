import { BlockList, isIP } from 'node:net';
import type { Logger } from '../../common/domain/log.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { BotConfig, CallbackSourceMode } from '../types.ts';

const DAY_MS = 86_400_000;
/** A list that lacks an address may be old: it is asked for again at most this often. */
const RENEW_MS = 10 * 60_000;
const RETRY_MS = 3_600_000;

/** Where WeCom's callbacks come from (`getcallbackip`), by WeCom's own word, which it may change at any time. */
export interface CallbackSources {
  /** Whether a callback whose signature holds may come from `client`; null where its address is not known. */
  admits(bot: BotConfig, client: string | null): boolean;
}

interface Known {
  list: BlockList | null;
  /** When it was asked for last, and when it may be again, milliseconds since the epoch. */
  askedAt: number;
  nextAt: number;
  asking: boolean;
}

/**
 * Holds callbacks of apps with corp credentials against WeCom's list, which is fetched in the background, once a day and once at
 * a time. Without a list everything is admitted; outside `wecom` mode everything is, and `onForeign` is told.
 */
export function createCallbackSources(options: {
  readonly mode: () => CallbackSourceMode;
  /** Addresses and networks. */
  readonly fetch: (bot: string) => Promise<string[]>;
  readonly onForeign: (bot: string) => void;
  readonly log: Logger;
  readonly now: () => number;
}): CallbackSources {
  const { now, log } = options;
  const corps = new Map<string, Known>();

  function renew(bot: BotConfig, known: Known): void {
    if (known.asking || now() < known.nextAt) return;
    known.asking = true;
    known.askedAt = now();
    options
      .fetch(bot.id)
      .then((addresses) => {
        known.list = listOf(addresses);
        known.nextAt = known.askedAt + RENEW_MS;
      })
      .catch((error: unknown) => {
        known.nextAt = known.askedAt + RETRY_MS;
        const { code } = toErrorInfo(error);
        log.warn({ bot: bot.id, code }, 'list of callback addresses not fetched');
      })
      .finally(() => {
        known.asking = false;
      });
  }

  return {
    admits(bot, client) {
      const mode = options.mode();
      const { corpId, corpSecret, agentId } = bot;
      const asks = corpId !== undefined && corpSecret !== undefined && agentId !== undefined;
      if (mode === 'any' || !asks || client === null) return true;
      const key = `${bot.apiBase ?? ''}/${corpId}`;
      const known = corps.get(key) ?? { list: null, askedAt: 0, nextAt: 0, asking: false };
      corps.set(key, known);
      if (known.list === null || now() - known.askedAt > DAY_MS) renew(bot, known);
      if (known.list === null || holds(known.list, client)) return true;
      renew(bot, known);
      options.onForeign(bot.id);
      return mode !== 'wecom';
    },
  };
}

function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of addresses) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    // What cannot be read is left out; WeCom also lists ranges in other forms.
    if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most) continue;
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function holds(list: BlockList, client: string): boolean {
  const plain = client.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}
