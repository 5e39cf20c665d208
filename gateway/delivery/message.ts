import type { InboundMessage } from '../../common/domain/inbound.ts';
import type { InboundRecord } from '../inbox/message-store.ts';
import { parseMessage, type ParsedMessage } from '../wecom/index.ts';

/** The message as services get it. Derived from the stored row, so that every attempt sends the same. */
export function toInboundMessage(
  record: Pick<InboundRecord, 'id' | 'bot' | 'kind' | 'receivedAt'>,
  parsed: ParsedMessage,
): InboundMessage {
  const { type, event, agentId, msgId, createTime, from, chat, content, raw } = parsed;
  return {
    id: record.id,
    bot: record.bot,
    kind: record.kind,
    receivedAt: record.receivedAt,
    type,
    event,
    agentId,
    msgId,
    createTime,
    from,
    chat,
    content,
    raw,
  };
}

/** Reads a stored callback again. Throws PLAINTEXT_INVALID. */
export function reparse(record: Pick<InboundRecord, 'kind' | 'format' | 'raw'>): ParsedMessage {
  return parseMessage(record.kind, record.format, record.raw);
}
