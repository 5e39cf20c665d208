import type { MessageDetail } from '../common/domain/history.ts';
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
  };
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
