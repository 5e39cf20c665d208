import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { Agent, request } from 'undici';
import { AppError } from '../../common/errors/app-error.ts';
import { failed } from '../delivery/call-result.ts';
import { createNetworkRule, ruledLookup } from '../delivery/pool/network-rule.ts';
import type { InboundRecord } from '../inbox/message-store.ts';
import type { BotConfig } from '../types.ts';
import { sealCallback } from '../wecom/index.ts';

/** What WeCom itself waits (D90930), milliseconds. */
const TIMEOUT_MS = 5_000;

/** Posts stored callbacks as WeCom would, freshly signed and encrypted. */
export interface CallbackPost {
  /** Throws TARGET_UNREACHABLE, TARGET_REFUSED {status}, BAD_INPUT where the bot has no keys. */
  post(record: InboundRecord, bot: BotConfig, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** `allowed` are the operator's exceptions from the networks that are refused. Throws CONFIG_INVALID, BAD_INPUT {field: url}. */
export function createCallbackPost(
  address: string,
  allowed: readonly string[],
  now: () => number,
): CallbackPost {
  const rule = createNetworkRule(allowed);
  const url = new URL(address);
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  // A literal address is not looked up, so that the rule has to see it here.
  if (isIP(host) !== 0 && !rule(host)) throw new AppError('BAD_INPUT', { field: 'url' });
  const agent = new Agent({ connections: 8, connect: { lookup: ruledLookup(rule) } });

  return {
    async post(record, bot, signal) {
      const { token, encodingAesKey, receiveId } = bot;
      if (token === undefined || encodingAesKey === undefined) {
        throw new AppError('BAD_INPUT', { field: 'bot', bot: bot.id });
      }
      const sealed = sealCallback(
        { token, encodingAesKey, receiveId },
        {
          format: record.format,
          plaintext: record.raw,
          nonce: randomBytes(8).toString('hex'),
          timestamp: Math.floor(now() / 1000),
        },
      );
      const target = new URL(url);
      for (const [name, value] of Object.entries(sealed.query)) {
        target.searchParams.set(name, value);
      }
      const status = await send(target, sealed, signal);
      if (status !== 200) throw new AppError('TARGET_REFUSED', { target: url.host, status });
    },
    close: () => agent.destroy(),
  };

  async function send(
    target: URL,
    sealed: { readonly contentType: string; readonly body: string },
    signal: AbortSignal,
  ): Promise<number> {
    try {
      const response = await request(target, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': sealed.contentType },
        body: sealed.body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body.dump({ limit: 65_536 }).catch(() => undefined);
      return response.statusCode;
    } catch (error) {
      const { error: info } = failed(url.host, error);
      throw new AppError('TARGET_UNREACHABLE', info?.params ?? { target: url.host });
    }
  }
}
