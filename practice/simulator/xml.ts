/** What an XML element holds: text in CDATA, a bare number (64-bit ids as bigint), children, or the same element several times. */
export type XmlValue = string | number | bigint | XmlFields | readonly XmlValue[];
export interface XmlFields {
  readonly [name: string]: XmlValue;
}

function element(name: string, value: XmlValue): string {
  if (Array.isArray(value))
    return (value as readonly XmlValue[]).map((v) => element(name, v)).join('');
  if (typeof value === 'number' || typeof value === 'bigint') return `<${name}>${value}</${name}>`;
  if (typeof value === 'string') {
    return `<${name}><![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]></${name}>`;
  }
  return `<${name}>${writeFields(value as XmlFields)}</${name}>`;
}

function writeFields(fields: XmlFields): string {
  return Object.entries(fields)
    .map(([name, value]) => element(name, value))
    .join('');
}

/** `<xml>…</xml>` as WeCom writes it: text in CDATA, numbers bare, a list as a repeated element. */
export function writeXml(fields: XmlFields): string {
  return `<xml>${writeFields(fields)}</xml>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

function textOf(inner: string): string {
  return inner.replaceAll(
    /<!\[CDATA\[([\s\S]*?)\]\]>|&(lt|gt|amp|quot|apos);/g,
    (_whole, cdata: string | undefined, entity: string | undefined) =>
      cdata ?? ENTITIES[entity ?? ''] ?? '',
  );
}

/**
 * Text of the first element `name`, or null where there is none. Enough for what the simulator has to read: the envelope
 * of a passive reply and the text in it, neither of which nests an element of the same name.
 */
export function readElement(xml: string, name: string): string | null {
  const pattern = new RegExp(
    `<${name}>((?:<!\\[CDATA\\[(?:(?!\\]\\]>)[\\s\\S])*\\]\\]>|[^<])*)</${name}>`,
  );
  const inner = pattern.exec(xml)?.[1];
  return inner === undefined ? null : textOf(inner).trim();
}
