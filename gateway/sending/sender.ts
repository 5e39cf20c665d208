import { createHash } from 'node:crypto';
import type { MessageRow } from '../../common/domain/history.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { RobotMessage, SendOutcome, SendResult } from '../../common/domain/outgoing.ts';
import { AppError, toErrorInfo, type ErrorInfo } from '../../common/errors/app-error.ts';
import { outboundRow } from '../inbox/rows.ts';
import type { MessageStore, NewOutbound } from '../inbox/message-store.ts';
import type { Metrics, SendError } from '../metrics/metrics.ts';
import type { BotConfig, Egress } from '../types.ts';
import { checkRobotMessage, sendToRobot, type RobotAnswer } from '../wecom/index.ts';
import { createRobotLimit, type Quota, type Slot } from './robot-limit.ts';

/** How long WeCom may take to answer, milliseconds. */
export const SEND_TIMEOUT_MS = 10_000;
const PAUSE_MS = 60_000;
/** `api freq out of limit`. */
const ERRCODE_FREQUENCY = 45009;

/** Errors of a send that surely did not reach WeCom; after any other it may have. */
const unsent: ReadonlySet<string> = new Set([
  'WECOM_UNREACHABLE',
  'WEBHOOK_INVALID',
  'EGRESS_NOT_ALLOWED',
  'EGRESS_UNREACHABLE',
  'TUNNEL_OFFLINE',
]);

export interface Sender {
  /** {@link Gateway.send}; also throws RATE_LIMITED {retryAfterMs} and STORE_UNAVAILABLE. */
  send(bot: string, message: RobotMessage): Promise<SendResult>;
  /** Throws BOT_NOT_FOUND, SEND_NOT_SUPPORTED, WEBHOOK_MISSING. */
  quota(bot: string): Quota;
  /** Resolves when no send is open. */
  idle(): Promise<void>;
}

interface Sent {
  readonly outcome: SendOutcome;
  readonly answer: RobotAnswer | null;
  readonly error: ErrorInfo | null;
}

export function createSender(options: {
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly store: MessageStore;
  readonly egress: Egress;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly onRow: (row: MessageRow) => void;
}): Sender {
  const { store, egress, metrics, log, now } = options;
  const limit = createRobotLimit(store, now, SEND_TIMEOUT_MS);
  const open = new Set<Promise<SendResult>>();

  function webhookOf(id: string): string {
    const bot = options.bots().get(id);
    if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: id });
    if (bot.kind !== 'robot') throw new AppError('SEND_NOT_SUPPORTED', { bot: id, kind: bot.kind });
    if (bot.webhook === undefined) throw new AppError('WEBHOOK_MISSING', { bot: id });
    return bot.webhook;
  }

  async function post(webhook: string, message: RobotMessage): Promise<Sent> {
    try {
      const dispatcher = egress.dispatcher();
      const answer = await sendToRobot({
        webhook,
        message,
        dispatcher,
        timeoutMs: SEND_TIMEOUT_MS,
      });
      if (answer.errcode === 0) return { outcome: 'delivered', answer, error: null };
      const refused = new AppError('WECOM_REFUSED', { errcode: answer.errcode });
      return { outcome: 'refused', answer, error: refused.toInfo() };
    } catch (error) {
      const info = toErrorInfo(error);
      return { outcome: unsent.has(info.code) ? 'failed' : 'unknown', answer: null, error: info };
    }
  }

  function count(bot: string, sent: Sent, durationMs: number): void {
    const channel = 'webhook';
    metrics.sends.inc({ channel, outcome: sent.outcome });
    metrics.sendDuration.observe({ channel }, durationMs / 1000);
    const reason = sent.error === null ? undefined : errorReasons[sent.error.code];
    if (sent.error !== null) metrics.errors.inc({ stage: 'send', reason: reason ?? 'unreachable' });
    if (sent.outcome === 'refused') {
      const errcode = String(sent.answer?.errcode);
      metrics.apiErrors.inc({ api: 'webhook_send', errcode, robot: bot });
    }
  }

  /** What came of it is kept even when it cannot be written down: the message is with WeCom. */
  async function writeDown(row: NewOutbound, sent: Sent, slot: Slot): Promise<number> {
    const endedAt = now();
    if (sent.outcome === 'failed') slot.release();
    else slot.end(endedAt);
    const durationMs = Math.max(0, endedAt - row.at);
    const answer = sent.answer === null ? null : JSON.stringify(sent.answer);
    const result = { outcome: sent.outcome, endedAt, durationMs, answer, error: sent.error };
    try {
      if (sent.answer?.errcode === ERRCODE_FREQUENCY) {
        await limit.pause(row.robot, endedAt + PAUSE_MS);
      }
      await store.settleOutbound(row.id, result);
    } catch (error) {
      log.error({ message: row.id, code: toErrorInfo(error).code }, 'result not written');
    }
    options.onRow(outboundRow({ ...row, ...result }));
    return durationMs;
  }

  async function send(bot: string, message: RobotMessage): Promise<SendResult> {
    const webhook = webhookOf(bot);
    checkRobotMessage(message);
    const robot = robotKey(webhook);
    const slot = limit.reserve(robot);
    const at = now();
    const row: NewOutbound = {
      id: store.newId(at),
      at,
      bot,
      robot,
      type: message.msgtype,
      message: JSON.stringify(message),
    };
    try {
      await store.addOutbound(row);
    } catch (error) {
      slot.release();
      throw error;
    }
    const sent = await post(webhook, message);
    const durationMs = await writeDown(row, sent, slot);
    count(bot, sent, durationMs);
    return {
      id: row.id,
      outcome: sent.outcome,
      errcode: sent.answer?.errcode ?? null,
      errmsg: sent.answer?.errmsg ?? sent.error?.code ?? '',
      durationMs,
      egress: { via: egress.via, ip: egress.ip() },
      remaining: limit.quota(robot).remaining,
      at,
    };
  }

  return {
    async send(bot, message) {
      const work = send(bot, message);
      open.add(work);
      try {
        return await work;
      } finally {
        open.delete(work);
      }
    },
    quota: (bot) => limit.quota(robotKey(webhookOf(bot))),
    async idle() {
      await Promise.allSettled(open);
    },
  };
}

const errorReasons: Readonly<Record<string, SendError>> = {
  WECOM_TIMEOUT: 'timeout',
  WECOM_ANSWER_INVALID: 'answer',
  WECOM_REFUSED: 'refused',
};

/** Names a robot by its webhook, which is what WeCom counts by, without giving the address away. */
function robotKey(webhook: string): string {
  return createHash('sha256').update(webhook).digest('hex').slice(0, 32);
}
