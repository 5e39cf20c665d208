import * as z from 'zod';

/** How a stream went on after the first reply. */
export interface StreamRecord {
  readonly id: string;
  /** Questions that were asked. */
  readonly polls: number;
  /** What is shown now, decrypted. */
  readonly latest: string;
  readonly finished: boolean;
}

const StreamReply = z.object({ stream: z.object({ id: z.string(), finish: z.boolean() }) });

/** The stream in a reply; null where it is something else. */
export function readStream(reply: string | null): Omit<StreamRecord, 'polls'> | null {
  if (reply === null) return null;
  const parsed = StreamReply.safeParse(parseJson(reply));
  if (!parsed.success) return null;
  const { id, finish } = parsed.data.stream;
  return { id, latest: reply, finished: finish };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
