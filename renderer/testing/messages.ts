import type {
  DeliveryAttempt,
  MessageDetail,
  MessageOutcome,
  MessageRow,
} from '../../common/domain/history.ts';
import type { ReplayView } from '../../common/domain/replay.ts';

const types = [
  'text',
  'text',
  'image',
  'text',
  'enter_agent',
  'text',
  'location',
  'template_card_event',
] as const;
const people = ['zhang.wei', 'li.na', 'wang.fang', 'chen.jie', 'liu.yang'] as const;
const outcomes: readonly MessageOutcome[] = [
  'replied',
  'replied',
  'accepted',
  'replied',
  'stored',
  'late',
  'accepted',
  'failed',
];

function pick<T>(list: readonly T[], index: number): T {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('empty list');
  return item;
}

/** A believable row; the same `index` gives the same row but for its time. */
export function exampleRow(index: number, at: number): MessageRow {
  const out = index % 6 === 4;
  const type = out ? 'markdown' : pick(types, index * 3);
  const isEvent = type === 'enter_agent' || type === 'template_card_event';
  const outcome: MessageOutcome = out
    ? index % 18 === 4
      ? 'refused'
      : 'delivered'
    : pick(outcomes, index * 5 + (index % 3));
  return {
    id: `m_01K3QF${(index * 7919 + 104729).toString(36).toUpperCase().padStart(8, '0')}`,
    at,
    direction: out ? 'out' : 'in',
    bot: out ? 'ops-alerts' : index % 4 === 1 ? 'helpdesk' : 'orders',
    type,
    isEvent,
    from: out ? null : pick(people, index * 2 + 1),
    msgId: out || isEvent ? null : String(7_345_120_998_123_400_000n + BigInt(index) * 917n),
    outcome,
    durationMs: outcome === 'late' ? 4180 : outcome === 'failed' ? 2210 : 38 + ((index * 61) % 420),
    repeats: index % 11 === 5 ? 1 : 0,
    error:
      outcome === 'failed'
        ? { code: 'TARGET_TIMEOUT', params: { target: 'helpdesk' } }
        : outcome === 'refused'
          ? { code: 'WECOM_REFUSED', params: { errcode: 45009 } }
          : null,
  };
}

/** `count` rows, newest first. */
export function exampleRows(count: number, now: number): MessageRow[] {
  return Array.from({ length: count }, (_, index) =>
    exampleRow(count - index, now - 900 - index * 7300 - index * index * 40),
  );
}

export function exampleDetail(row: MessageRow): MessageDetail {
  const whole = row.durationMs ?? 0;
  const tunnelMs = row.direction === 'in' ? Math.min(14, whole / 4) : null;
  const gatewayMs = Math.min(6, whole / 8);
  return {
    row,
    spans: { tunnelMs, gatewayMs, serviceMs: whole - (tunnelMs ?? 0) - gatewayMs },
    message:
      row.direction === 'in'
        ? {
            id: row.id,
            bot: row.bot,
            type: row.isEvent ? 'event' : row.type,
            event: row.isEvent ? row.type : null,
            msgId: row.msgId,
            from: { userId: row.from, corpId: 'wwa4f1c0de2b77' },
            content: { content: '订单 20261104-118 发货了吗？' },
          }
        : { msgtype: 'markdown', markdown: { content: '**磁盘使用率 91%**\n> db-03' } },
    redacted: null,
    raw:
      row.direction === 'in'
        ? `<xml><ToUserName><![CDATA[wwa4f1c0de2b77]]></ToUserName><FromUserName><![CDATA[${row.from ?? ''}]]></FromUserName><CreateTime>${Math.floor(row.at / 1000)}</CreateTime><MsgType><![CDATA[${row.type}]]></MsgType><Content><![CDATA[订单 20261104-118 发货了吗？]]></Content><MsgId>${row.msgId ?? ''}</MsgId></xml>`
        : null,
    attempts: exampleAttempts(row),
    reply: row.outcome === 'replied' ? '已于 14:02 由顺丰发出，单号 SF1029384756。' : null,
  };
}

/** What was tried with it: a failed message three times with two targets, any other once. */
function exampleAttempts(row: MessageRow): DeliveryAttempt[] {
  const target = row.direction === 'out' ? row.bot : 'helpdesk';
  const took: DeliveryAttempt = {
    n: 1,
    at: row.at + 20,
    target,
    durationMs: row.durationMs,
    outcome: row.error === null ? 'taken' : 'failed',
    status: row.direction === 'in' && row.error === null ? 200 : null,
    errcode: row.direction === 'out' ? Number(row.error?.params['errcode'] ?? 0) : null,
    error: row.error,
    retryOf: null,
  };
  if (row.outcome !== 'failed') return [took];
  const refused = { code: 'TARGET_REFUSED', params: { target: 'orders-b', status: 503 } } as const;
  return [
    { ...took, at: row.at + 20, durationMs: 1_200 },
    {
      ...took,
      n: 2,
      at: row.at + 1_230,
      target: 'orders-b',
      durationMs: 41,
      status: 503,
      error: refused,
      retryOf: 1,
    },
    { ...took, n: 3, at: row.at + 1_300, durationMs: 900, retryOf: 2 },
  ];
}

/** A replay in the middle of its way. */
export function exampleReplay(destination: ReplayView['destination'], now: number): ReplayView {
  return {
    id: `r_${String(now)}`,
    state: 'running',
    destination,
    total: 412,
    taken: 130,
    failed: 3,
    skipped: 0,
    startedAt: now,
    endedAt: null,
    error: { code: 'TARGET_TIMEOUT', params: { target: 'helpdesk' } },
  };
}
