import type { HpackEncoder } from './hpack-encoder.ts';

const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Latin-1 without what would end a field in HTTP/1.1 (RFC 9113 §8.2.1). */
// oxlint-disable-next-line no-control-regex
const VALUE = /^[^\0\n\r\u0100-\uffff]*$/;

/** Fields as they are given to be sent; undefined ones are left out. */
export type OutgoingFields = Readonly<
  Record<string, string | number | readonly string[] | undefined>
>;

/** Fields in the order in which they are sent, name and value in turn; pseudo-header fields come first. */
export type FieldList = readonly string[];

/** Throws `TypeError` for a field that cannot be written. Names are to be lower case. */
export function listFields(fields: OutgoingFields): FieldList {
  const list: string[] = [];
  // An object lists names that are numbers first, whatever the order they were put in.
  let early: string[] | null = null;
  let isPseudoOver = false;
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    if (!NAME.test(name)) throw new TypeError('a field name that cannot be sent');
    const isPseudo = name.startsWith(':');
    if (!isPseudo) isPseudoOver = true;
    const to = isPseudo && isPseudoOver ? (early ??= []) : list;
    if (Array.isArray(value)) for (const one of value) put(to, name, one);
    else put(to, name, typeof value === 'string' ? value : String(value));
  }
  return early === null ? list : [...early, ...list];
}

export function encodeFields<B>(list: FieldList, encoder: HpackEncoder<B>): B {
  for (let at = 0; at < list.length; at += 2) {
    encoder.add(list[at] as string, list[at + 1] as string);
  }
  return encoder.take();
}

function put(list: string[], name: string, value: string): void {
  if (!VALUE.test(value)) throw new TypeError('a field value that cannot be sent');
  list.push(name, value);
}
