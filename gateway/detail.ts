import type { DeliveryAttempt, MessageDetail } from '../common/domain/history.ts';
import { AppError } from '../common/errors/app-error.ts';
import { reparse, toInboundMessage } from './delivery/message.ts';
import type { InboundRecord, MessageStore } from './inbox/message-store.ts';
import { inboundRow, outboundRow } from './inbox/rows.ts';

/** A stored message with its text. Throws NOT_FOUND. */
export function readDetail(store: MessageStore, id: string): MessageDetail {
  const inbound = store.inbound(id);
  if (inbound !== null) {
    return {
      row: inboundRow(inbound),
      spans: inbound.spans,
      message: readMessage(inbound),
      raw: inbound.rawHash === null ? inbound.raw.toString('utf8') : null,
      redacted: inbound.rawHash,
      reply: inbound.reply,
      attempts: inboundAttempts(store, inbound),
    };
  }
  const outbound = store.outbound(id);
  if (outbound === null) throw new AppError('NOT_FOUND', { id });
  return {
    row: outboundRow(outbound),
    spans: { tunnelMs: null, gatewayMs: null, serviceMs: outbound.durationMs },
    message: JSON.parse(outbound.message),
    raw: null,
    redacted: outbound.messageHash,
    reply: outbound.answer,
    attempts: store.attempts(id),
  };
}

/** A first try that was taken is not written down: its row says it all but the status. */
function inboundAttempts(store: MessageStore, record: InboundRecord): DeliveryAttempt[] {
  const kept = store.attempts(record.id);
  if (kept.length > 0 || record.attempts === 0) return kept;
  return [
    {
      n: 1,
      at: record.receivedAt,
      target: record.target,
      durationMs: record.spans.serviceMs,
      outcome: record.outcome === 'failed' || record.outcome === 'pending' ? 'failed' : 'taken',
      status: null,
      errcode: null,
      error: record.error,
      retryOf: null,
    },
  ];
}

/** Null where this version cannot read what an older one stored; the raw text is there all the same. */
function readMessage(record: InboundRecord): unknown {
  if (record.rawHash !== null) return null;
  try {
    return toInboundMessage(record, reparse(record));
  } catch {
    return null;
  }
}
