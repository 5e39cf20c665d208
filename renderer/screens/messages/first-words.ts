import * as z from 'zod';
import type { MessageDetail } from '../../../common/domain/history.ts';

const Inbound = z.looseObject({
  content: z.record(z.string(), z.unknown()),
  event: z.string().nullish(),
});
const Outbound = z.looseObject({ msgtype: z.string() });

/** Members in which WeCom's types carry what a person wrote or reads first. */
const WORDS = [
  'content',
  'text',
  'recognition',
  'title',
  'label',
  'name',
  'fileName',
  'eventKey',
  'desc',
];
const MAX_LENGTH = 80;

/** The beginning of what a message says, on one line; null when it has no words (a picture, most events). */
export function firstWords(detail: Pick<MessageDetail, 'message'>): string | null {
  const outbound = Outbound.safeParse(detail.message);
  if (outbound.success) return wordsIn(outbound.data[outbound.data.msgtype], 0);
  const inbound = Inbound.safeParse(detail.message);
  return inbound.success ? wordsIn(inbound.data.content, 0) : null;
}

function wordsIn(value: unknown, depth: number): string | null {
  if (typeof value === 'string') return oneLine(value);
  if (typeof value !== 'object' || value === null || depth > 4) return null;
  if (Array.isArray(value)) {
    for (const item of value) {
      const words = wordsIn(item, depth + 1);
      if (words !== null) return words;
    }
    return null;
  }
  const members = new Map(Object.entries(value));
  for (const name of WORDS) {
    const words = wordsIn(members.get(name), depth + 1);
    if (words !== null) return words;
  }
  for (const member of members.values()) {
    const words = typeof member === 'object' ? wordsIn(member, depth + 1) : null;
    if (words !== null) return words;
  }
  return null;
}

function oneLine(text: string): string | null {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line === '') return null;
  const characters = Array.from(line.slice(0, MAX_LENGTH * 2));
  return characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join('')}…` : line;
}
