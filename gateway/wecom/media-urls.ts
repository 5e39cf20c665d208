import { asObject, readJsonObject, type JsonObject } from './json.ts';
import { readId } from './values.ts';

/** Types whose object holds the address of a file (D100719, D101027). */
const mediaTypes = ['image', 'file', 'video'] as const;

/**
 * Addresses of the files in a smart bot's message, in the order in which they stand: the message's own, those of a mixed
 * message, those that are quoted. Each is good for five minutes, and what it gives is encrypted.
 */
export function mediaUrls(plaintext: Buffer): string[] {
  const fields = readJsonObject(plaintext.toString('utf8'));
  if (fields === null) return [];
  const quote = asObject(fields['quote']);
  return [...own(fields), ...(quote === null ? [] : own(quote))];
}

function own(fields: JsonObject): string[] {
  const direct = mediaTypes.flatMap((type) => readId(asObject(fields[type])?.['url']) ?? []);
  const items = asObject(fields['mixed'])?.['msg_item'];
  const mixed = Array.isArray(items) ? items.flatMap((item) => own(asObject(item) ?? {})) : [];
  return [...direct, ...mixed];
}
