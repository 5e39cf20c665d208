import type { OutboxRow, SendResult } from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { FakeHandlers } from './fake-host.ts';

const EGRESS = { via: 'relay', ip: '203.0.113.24' } as const;

/** What the host answers to the Send screen: delivered, or as the text asks (`queue`, `untrusted`, `refuse`). */
export function sendingHandlers(outbox: () => readonly OutboxRow[]): FakeHandlers {
  let waiting = [...outbox()];
  const take = (id: string): void => {
    if (!waiting.some((row) => row.id === id)) throw new AppError('NOT_FOUND');
    waiting = waiting.filter((row) => row.id !== id);
  };
  return {
    'send.quota': () => ({
      remaining: 17,
      resetAt: Date.now() + 34_000,
      queued: waiting.length,
      etaMs: waiting.length * 3_000,
    }),
    'send.message': ({ message, options }) => {
      const at = options?.sendAt === undefined ? null : Date.parse(options.sendAt);
      return at === null ? answer(JSON.stringify(message)) : scheduled(at);
    },
    'media.begin': () => ({ upload: crypto.randomUUID() }),
    'media.append': () => new Promise((resolve) => setTimeout(resolve, 60)),
    'media.finish': () => ({
      mediaId: '3a8asd892asd8asd',
      expiresAt: Date.now() + 3 * 86_400_000,
      cached: false,
    }),
    'media.abort': () => undefined,
    'outbox.list': ({ bot, limit }) => {
      const rows = waiting.filter((row) => bot === undefined || row.bot === bot);
      return { rows: rows.slice(0, limit), total: rows.length };
    },
    'outbox.cancel': ({ id }) => take(id),
    'outbox.retry': () => undefined,
  };
}

function scheduled(sendAt: number): SendResult {
  return {
    ...answer('queue'),
    queue: { position: 0, etaMs: Math.max(0, sendAt - Date.now()), sendAt },
  };
}

function answer(asked: string): SendResult {
  const base = { id: 'm_sent', egress: EGRESS, remaining: 16, at: Date.now() };
  if (asked.includes('queue')) {
    return {
      ...base,
      outcome: 'queued',
      errcode: null,
      errmsg: '',
      durationMs: 5_000,
      queue: { position: 3, etaMs: 21_000 },
    };
  }
  if (asked.includes('untrusted')) {
    return {
      ...base,
      outcome: 'refused',
      errcode: 60020,
      errmsg: 'not allow to access from your ip',
      durationMs: 118,
      error: { code: 'UNTRUSTED_IP', params: { ip: EGRESS.ip } },
    };
  }
  if (asked.includes('refuse')) {
    return {
      ...base,
      outcome: 'refused',
      errcode: 93000,
      errmsg: 'invalid webhook',
      durationMs: 96,
    };
  }
  return { ...base, outcome: 'delivered', errcode: 0, errmsg: 'ok', durationMs: 143 };
}

/** Messages that wait because the robot's minute is used up. */
export function exampleOutbox(now: number): OutboxRow[] {
  const waiting: OutboxRow[] = Array.from({ length: 4 }, (_, index) => ({
    id: `m_01K3QQ000000${String(index)}`,
    bot: 'ops-alerts',
    type: index === 2 ? 'text' : 'markdown',
    state: index === 0 ? 'sending' : 'queued',
    at: now - (index + 1) * 1_400,
    priority: index === 0 ? 9 : 5,
    attempts: index === 1 ? 2 : 0,
    coalesced: index === 3 ? 4 : 0,
    expiresAt: now + 86_400_000,
    position: index,
    etaMs: index * 3_000,
    error: index === 1 ? { code: 'RATE_LIMITED', params: { retryAfterMs: 3_000 } } : null,
  }));
  const [first] = waiting;
  const sendAt = now + 15 * 3_600_000;
  return first === undefined
    ? []
    : [
        ...waiting,
        {
          ...first,
          id: 'm_01K3QQ0000009',
          state: 'queued',
          position: 0,
          etaMs: sendAt - now,
          sendAt,
          priority: 4,
        },
      ];
}
