import type { MessageParts } from './app-message.ts';
import { toContent } from './content.ts';
import { asObject, type JsonObject } from './json.ts';
import { typedContent } from './message/content.ts';
import { readId, readSeconds } from './values.ts';

/** Fields that every callback of a smart bot may have; what belongs to a type stands under the type's name. */
const common: ReadonlySet<string> = new Set([
  'msgid',
  'create_time',
  'aibotid',
  'chatid',
  'chattype',
  'from',
  'response_url',
  'msgtype',
  'quote',
  'event',
]);

/**
 * Reads a smart bot's message or event in URL mode (WeCom D100719, D101027). The content is what stands under the type's
 * (or the event's) own name, with `quote` beside it; where nothing stands there, all fields that are not common.
 */
export function readAibotMessage(fields: JsonObject): MessageParts {
  const type = readId(fields['msgtype']) ?? 'unknown';
  const from = asObject(fields['from']) ?? {};
  const userId = readId(from['userid']) ?? '';
  const chatId = readId(fields['chatid']);
  const body = type === 'event' ? (asObject(fields['event']) ?? {}) : null;
  const event = body === null ? null : readId(body['eventtype']);
  const content = body === null ? messageContent(fields, type) : eventContent(body);
  return {
    dialect: 'aibot',
    type,
    event,
    agentId: readId(fields['aibotid']),
    msgId: readId(fields['msgid']),
    createTime: readSeconds(fields['create_time']),
    from: { userId, corpId: readId(from['corpid']) },
    chat:
      fields['chattype'] === 'group' && chatId !== null
        ? { id: chatId, type: 'group' }
        : { id: userId, type: 'single' },
    content: typedContent('aibot', type, event, content),
    responseUrl: readId(fields['response_url']),
    streamId: type === 'stream' ? readId(asObject(fields['stream'])?.['id']) : null,
  };
}

function messageContent(fields: JsonObject, type: string): Record<string, unknown> {
  const own = asObject(fields[type]) ?? without(fields, (name) => common.has(name));
  const quote = asObject(fields['quote']);
  return { ...toContent(own), ...(quote === null ? {} : { quote: toContent(quote) }) };
}

function eventContent(event: JsonObject): Record<string, unknown> {
  const own = asObject(event[readId(event['eventtype']) ?? '']);
  return toContent(own ?? without(event, (name) => name === 'eventtype'));
}

function without(fields: JsonObject, drop: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !drop(name)));
}
