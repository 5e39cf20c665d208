import { callbackFailure } from './failure.ts';
import { readJsonObject } from './json.ts';
import type { Envelope } from './types.ts';
import { readXml } from './xml.ts';

/** Greatest body that is looked at, bytes; WeCom's own stay far below. */
export const maxEnvelopeBytes = 1024 * 1024;

/** An envelope has three or four elements; the body comes from anyone, so little more is parsed. */
const maxTags = 64;

/**
 * Reads the outer body of a callback: XML with `ToUserName`, `AgentID` and `Encrypt` in any order, as CDATA or text
 * (WeCom D90930), or JSON with `encrypt` or `Encrypt` (D101033). Nothing in it is verified yet.
 * Throws `BODY_MALFORMED`, also above {@link maxEnvelopeBytes}.
 */
export function parseEnvelope(body: Buffer): Envelope {
  if (body.length > maxEnvelopeBytes) throw callbackFailure('BODY_MALFORMED');
  const text = body
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  const envelope = text.startsWith('{') ? fromJson(text) : fromXml(text);
  if (envelope === null || envelope.encrypt === '') throw callbackFailure('BODY_MALFORMED');
  return envelope;
}

function fromXml(text: string): Envelope | null {
  const document = text.replace(/^<\?xml[^<>]{0,200}\?>/, '');
  // Processing instructions are slow to parse and none is sent; this runs before the signature is known to hold.
  if (document.includes('<?')) return null;
  const root = readXml(document, maxTags);
  if (root?.name !== 'xml') return null;
  const [encrypt, ...more] = root.children.filter((child) => child.name === 'Encrypt');
  if (encrypt === undefined || more.length > 0) return null;
  return { format: 'xml', encrypt: encrypt.text.trim(), casing: 'pascal' };
}

function fromJson(text: string): Envelope | null {
  const fields = readJsonObject(text);
  if (fields === null) return null;
  const lower = fields['encrypt'];
  const pascal = fields['Encrypt'];
  if (typeof lower === 'string' && pascal === undefined) {
    return { format: 'json', encrypt: lower, casing: 'lower' };
  }
  if (typeof pascal === 'string' && lower === undefined) {
    return { format: 'json', encrypt: pascal, casing: 'pascal' };
  }
  return null;
}
