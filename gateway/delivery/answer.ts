import { ServiceAnswer, type ServiceReply } from '../../common/domain/inbound.ts';
import type { Dispatcher } from 'undici';

/** Longest answer that is read, bytes. */
export const MAX_ANSWER_BYTES = 1 << 20;

/**
 * What a target's 2xx says: its reply, null for none, `invalid` where it claims to be JSON and is not a `ServiceAnswer`,
 * or is longer than {@link MAX_ANSWER_BYTES}. Anything that is not JSON (an `ok` in plain text) is no reply.
 */
export async function readAnswer(
  response: Dispatcher.ResponseData,
): Promise<ServiceReply | null | 'invalid'> {
  const contentType = String(response.headers['content-type'] ?? '');
  const text = await readBody(response.body);
  if (text === null) return 'invalid';
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType)) return null;
  if (response.statusCode === 204 || text.trim() === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'invalid';
  }
  if (value === null) return null;
  const answer = ServiceAnswer.safeParse(value);
  return answer.success ? (answer.data.reply ?? null) : 'invalid';
}

/** Null where the body is too long; the connection is given up then. */
async function readBody(body: Dispatcher.ResponseData['body']): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    // Leaving the loop destroys the stream.
    if (size > MAX_ANSWER_BYTES) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
