import { asObject, type JsonObject } from './json.ts';
import type { XmlElement } from './xml.ts';

/** Names that plain camelCase would not make readable, and spellings of WeCom's tables that its samples contradict. */
const aliases: Readonly<Record<string, string>> = {
  Location_X: 'latitude',
  Location_Y: 'longitude',
  cardtype: 'cardType',
  eventkey: 'eventKey',
  taskid: 'taskId',
  optionids: 'optionIds',
};

/** Elements that hold nothing but a list, with the name of its entries (WeCom D90240). An empty one is an empty list. */
const lists: Readonly<Record<string, string>> = {
  ExtAttr: 'Item',
  PicList: 'item',
  SelectedItems: 'SelectedItem',
  OptionIds: 'OptionId',
  ApprovalNodes: 'ApprovalNode',
  NotifyNodes: 'NotifyNode',
  Items: 'Item',
};

/** Elements that repeat without a list around them, by the element they are in (D90240, sys_approval_change). */
const repeated: Readonly<Record<string, readonly string[]>> = {
  ApprovalInfo: ['SpRecord', 'Notifyer', 'Comments'],
  SpRecord: ['Details'],
};

/** Deeper levels are left out of the content; the raw plaintext still has them. */
const maxDepth = 32;

/** Names that were converted before. They come out of signed messages; more than WeCom has are not kept. */
const converted = new Map<string, string>();
const MAX_CONVERTED = 1_000;

/** `MediaId` → `mediaId`, `NewUserID` → `newUserId`, `event_key` → `eventKey`. */
export function camelCase(name: string): string {
  const known = converted.get(name);
  if (known !== undefined) return known;
  const made = toCamelCase(name);
  if (converted.size < MAX_CONVERTED && name.length < 100) converted.set(name, made);
  return made;
}

function toCamelCase(name: string): string {
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (alias !== undefined) return alias;
  const joined = name.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (!/[a-z]/.test(joined)) return joined.toLowerCase();
  const withId = joined.replace(/([a-z0-9])ID$/, '$1Id');
  return withId.charAt(0).toLowerCase() + withId.slice(1);
}

/** An element's children as an object under WeCom's names: text for a leaf, an array where a name repeats. */
export function elementFields(element: XmlElement): JsonObject {
  const fields = new Map<string, unknown>();
  for (const child of element.children) {
    const value = child.children.length === 0 ? child.text : elementFields(child);
    const before = fields.get(child.name);
    if (before === undefined) fields.set(child.name, value);
    else if (Array.isArray(before)) before.push(value);
    else fields.set(child.name, [before, value]);
  }
  return Object.fromEntries(fields);
}

/**
 * Fields under camelCase names, as {@link InboundMessage.content} holds them: elements that may repeat are always arrays,
 * also when one came; id lists with commas stay text.
 */
export function toContent(fields: JsonObject): Record<string, unknown> {
  return convertObject(fields, '', 0);
}

function convertObject(fields: JsonObject, parent: string, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== '__proto__')
      .map(([name, value]) => {
        const forced = mayRepeat(parent, name) && !Array.isArray(value) ? [value] : value;
        return [camelCase(name), convert(forced, name, depth + 1)];
      }),
  );
}

function convert(value: unknown, name: string, depth: number): unknown {
  const entry = Object.hasOwn(lists, name) ? lists[name] : undefined;
  if (entry !== undefined && value === '') return { [camelCase(entry)]: [] };
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => convert(item, name, depth + 1));
  return convertObject(asObject(value) ?? {}, name, depth);
}

function mayRepeat(parent: string, name: string): boolean {
  if (Object.hasOwn(lists, parent)) return lists[parent] === name;
  return Object.hasOwn(repeated, parent) && repeated[parent]?.includes(name) === true;
}
