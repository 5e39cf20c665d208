import { XMLParser } from 'fast-xml-parser';
import { readPlainXml } from './xml-plain.ts';
import { decodeEntities } from './xml-text.ts';

/** An element: its text where it has no children, otherwise its children in order. Attributes are not kept. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Bounds of a document: WeCom's deepest (an approval) has seven levels. */
const maxDepth = 16;
const cdataName = '#cdata';
const textName = '#text';

const parser = new XMLParser({
  preserveOrder: true,
  cdataPropName: cdataName,
  textNodeName: textName,
  parseTagValue: false,
  processEntities: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  trimValues: false,
  maxNestedTags: maxDepth,
  jPath: false,
  // The parser calls this for a DOCTYPE: WeCom sends none, and it is what external entities and entity bombs need.
  entityDecoder: {
    addInputEntities: () => {
      throw new Error('document type declarations are not accepted');
    },
    setExternalEntities: () => undefined,
    reset: () => undefined,
    decode: (text) => text,
    setXmlVersion: () => undefined,
  },
});

/** What the parser gives with `preserveOrder`: one key for an element's name, or one of the two for text. */
type ParsedNode = Readonly<Record<string, string | readonly ParsedNode[]>>;

/**
 * Reads an XML document with one root element. CDATA and text are joined; entities are decoded in text only; whitespace
 * between elements and around CDATA is dropped, any other text kept as it is. Returns null where it is no XML, has a
 * DOCTYPE, is cut off, or exceeds 16 levels or `maxTags` tags.
 */
export function readXml(document: string, maxTags: number): XmlElement | null {
  const text = document.replace(/^\uFEFF/, '').trim();
  if (!text.startsWith('<') || !text.endsWith('>') || countTags(text) > maxTags) return null;
  return readPlainXml(text, maxDepth - 1) ?? readAnyXml(text);
}

/** The same for any document, with the general parser; text that {@link readPlainXml} reads it reads alike. */
export function readAnyXml(text: string): XmlElement | null {
  try {
    const nodes = parser.parse(text) as readonly ParsedNode[];
    const elements = nodes.filter((node) => !(textName in node) && !(cdataName in node));
    const [first] = elements;
    if (first === undefined || elements.length !== 1 || nodes.length !== 1) return null;
    const root = toElement(first);
    const closed = text.endsWith(`</${root.name}>`) || text.endsWith('/>');
    return closed ? root : null;
  } catch {
    // Whatever the parser has against it: the text is not a document that WeCom would send.
    return null;
  }
}

function countTags(text: string): number {
  let count = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) count += 1;
  return count;
}

function toElement(node: ParsedNode): XmlElement {
  const name = Object.keys(node).find((key) => key !== ':@') ?? '';
  const children: XmlElement[] = [];
  let text = '';
  for (const child of childrenOf(node, name)) {
    if (textName in child) text += decodeText(textOf(child));
    else if (cdataName in child) text += childrenOf(child, cdataName).map(textOf).join('');
    else children.push(toElement(child));
  }
  return { name, text: children.length === 0 ? text : '', children };
}

function decodeText(raw: string): string {
  return raw.trim() === '' ? '' : decodeEntities(raw);
}

function textOf(node: ParsedNode): string {
  const text = node[textName];
  return typeof text === 'string' ? text : '';
}

function childrenOf(node: ParsedNode, name: string): readonly ParsedNode[] {
  const children = node[name];
  return typeof children === 'object' ? children : [];
}
