import { ServiceAnswer, type ServiceReply } from '../../common/domain/inbound.ts';

/** Longest answer that is read, bytes. */
export const MAX_ANSWER_BYTES = 1 << 20;

/**
 * What a target's 2xx says: its reply, null for none, `invalid` where it claims to be JSON and is not a `ServiceAnswer`,
 * or is longer than {@link MAX_ANSWER_BYTES} (`body` is null then). Anything that is not JSON (an `ok` in plain text) is no
 * reply.
 */
export function readAnswer(
  status: number,
  contentType: string,
  body: Buffer | null,
): ServiceReply | null | 'invalid' {
  if (body === null) return 'invalid';
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType)) return null;
  const text = body.toString('utf8');
  if (status === 204 || text.trim() === '') return null;
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
