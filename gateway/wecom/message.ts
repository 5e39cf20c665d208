import { hash } from 'node:crypto';
import type { BotKind } from '../../common/domain/bot.ts';
import { readAibotMessage } from './aibot-message.ts';
import { readAppMessage, type MessageParts } from './app-message.ts';
import { elementFields } from './content.ts';
import { callbackFailure } from './failure.ts';
import { readJsonObject } from './json.ts';
import type { ParsedMessage, WireFormat } from './types.ts';
import { readXml } from './xml.ts';

/** Tags a plaintext may have; an approval with a hundred people stays below 2000. */
const maxTags = 20_000;

/** WeCom's number for XML or JSON that cannot be read. */
const unreadable = -40002;

/**
 * Understands a callback's plaintext. What is not known passes: a new type, a new event, a missing type (`unknown`).
 * Content has camelCase names; text of XML stays text, and integers beyond 2^53 in JSON become text.
 * Throws `PLAINTEXT_INVALID` only where the plaintext is no XML document or no JSON object at all.
 */
export function parseMessage(kind: BotKind, format: WireFormat, plaintext: Buffer): ParsedMessage {
  const text = plaintext.toString('utf8');
  const parts = format === 'xml' ? fromXml(text) : fromJson(kind, text);
  if (parts === null) throw callbackFailure('PLAINTEXT_INVALID', unreadable);
  return { ...parts, raw: { format, text }, dedupKey: dedupKey(parts.msgId, plaintext) };
}

function fromXml(text: string): MessageParts | null {
  const root = readXml(text, maxTags);
  return root === null ? null : readAppMessage(elementFields(root));
}

function fromJson(kind: BotKind, text: string): MessageParts | null {
  const fields = readJsonObject(text);
  if (fields === null) return null;
  // Apps may be set to JSON, which keeps the names of the XML; a sealed relay may pass either.
  if (kind === 'app' || (kind === 'sealed' && 'MsgType' in fields)) return readAppMessage(fields);
  const parts = readAibotMessage(fields);
  return kind === 'sealed' ? { ...parts, dialect: 'sealed' } : parts;
}

/** WeCom's rule for events (sender and second) loses some of them; the whole plaintext tells them apart. */
function dedupKey(msgId: string | null, plaintext: Buffer): string {
  if (msgId !== null) return `m:${msgId}`;
  return `h:${hash('sha256', plaintext)}`;
}
