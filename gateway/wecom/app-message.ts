import { toContent } from './content.ts';
import type { JsonObject } from './json.ts';
import { typedContent } from './message/content.ts';
import type { ParsedMessage } from './types.ts';
import { readId, readSeconds } from './values.ts';

/** What a message consists of before its raw text and key are added. */
export type MessageParts = Omit<ParsedMessage, 'raw' | 'dedupKey'>;

/** Fields that every callback of an app may have; all others belong to its type. */
const common: ReadonlySet<string> = new Set([
  'ToUserName',
  'FromUserName',
  'CreateTime',
  'MsgType',
  'MsgId',
  'AgentID',
  'Event',
]);

/**
 * Reads the fields of a self-built app's message or event (WeCom D90239, D90240), named as in its XML. Groups do not
 * reach an app, so the chat is the sender's. Types and events that are not known pass with all their fields.
 */
export function readAppMessage(fields: JsonObject): MessageParts {
  const userId = readId(fields['FromUserName']) ?? '';
  const type = readId(fields['MsgType']) ?? 'unknown';
  const own = Object.entries(fields).filter(([name]) => !common.has(name));
  const event = type === 'event' ? readId(fields['Event']) : null;
  return {
    dialect: 'app',
    type,
    event,
    agentId: readId(fields['AgentID']),
    msgId: readId(fields['MsgId']),
    createTime: readSeconds(fields['CreateTime']),
    from: { userId, corpId: readId(fields['ToUserName']) },
    chat: { id: userId, type: 'single' },
    content: typedContent('app', type, event, toContent(Object.fromEntries(own))),
    responseUrl: null,
    streamId: null,
  };
}
