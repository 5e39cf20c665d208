import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import * as z from 'zod';
import type { AddressGuard } from '../delivery/pool/address-guard.ts';
import type { BotConfig, Egress } from '../types.ts';
import { postResponse } from '../wecom/index.ts';
import { egressOf } from './egress.ts';
import type { Attempt } from './outbox/attempt.ts';
import type { Carrier } from './outbox/carrier.ts';
import { refusalOf } from './refusal.ts';

const CONCURRENCY = 4;
const Body = z.record(z.string(), z.unknown());

const unsent: ReadonlySet<string> = new Set([
  'WECOM_UNREACHABLE',
  'WEBHOOK_INVALID',
  'TARGET_ADDRESS_REFUSED',
  'EGRESS_NOT_ALLOWED',
  'EGRESS_UNREACHABLE',
  'TUNNEL_OFFLINE',
]);

/** Posts later answers of smart bots to their response_url (D101138): each takes one, within an hour. */
export function createResponseCarrier(options: {
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly egress: Egress;
  readonly guard: AddressGuard;
  readonly now: () => number;
  readonly sendTimeoutMs: number;
}): Carrier {
  const { now } = options;
  const wayOf = (bot: string): Egress => egressOf(options.bots().get(bot) ?? {}, options.egress);

  return {
    concurrency: CONCURRENCY,
    reserve(message) {
      const way = wayOf(message.bot);
      const egress = { via: way.via, ip: way.ip() };
      return { kind: 'go', reservation: { bot: message.bot, egress, slot: null } };
    },
    async send({ message, address }, { bot, egress }): Promise<Attempt> {
      const start = now();
      const durationMs = (): number => Math.max(0, now() - start);
      try {
        const url = address === null ? null : URL.parse(address);
        if (address === null || url === null) throw new AppError('WEBHOOK_INVALID');
        const body = Body.parse(JSON.parse(message));
        const dispatcher = options.guard.dispatcher(url, wayOf(bot));
        const answer = await postResponse(address, body, {
          dispatcher,
          timeoutMs: options.sendTimeoutMs,
        });
        const error = refusalOf(answer, egress.ip);
        return {
          outcome: error === null ? 'delivered' : 'refused',
          errcode: answer.errcode,
          errmsg: answer.errmsg,
          error,
          reached: true,
          durationMs: durationMs(),
          fromIp: answer.fromIp,
        };
      } catch (error) {
        const info = toErrorInfo(error);
        const reached = !unsent.has(info.code);
        return {
          outcome: reached ? 'unknown' : 'failed',
          errcode: null,
          errmsg: info.code,
          error: info,
          reached,
          durationMs: durationMs(),
          fromIp: null,
        };
      }
    },
    coolDown: () => false,
    freeAt: () => now(),
    remaining: () => null,
  };
}
