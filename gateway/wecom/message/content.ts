import type { MessageContent, Sender } from '../../../common/domain/message/forms.ts';
import { aibotEventFields, aibotMessageFields } from './aibot-fields.ts';
import { appEventFields, appMessageFields } from './app-fields.ts';
import type { Read } from './field.ts';

type Readers = ReadonlyMap<string, Read<MessageContent>>;
const readers = (fields: Readonly<Record<string, Read<MessageContent>>>): Readers =>
  new Map(Object.entries(fields));

const messages: Readonly<Record<Sender, Readers>> = {
  app: readers(appMessageFields),
  aibot: readers(aibotMessageFields),
};
const events: Readonly<Record<Sender, Readers>> = {
  app: readers(appEventFields),
  aibot: readers(aibotEventFields),
};

/**
 * A callback's fields under camelCase names, as its form has them: ids are text, numbers numbers, lists lists. What is not
 * known passes as it is. `fields` is taken over and changed.
 */
export function typedContent(
  sender: Sender,
  type: string,
  event: string | null,
  fields: Record<string, unknown>,
): MessageContent {
  const read = type === 'event' ? events[sender].get(event ?? '') : messages[sender].get(type);
  return read?.(fields) ?? fields;
}
