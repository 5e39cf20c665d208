import { StringDecoder } from 'node:string_decoder';
import { StreamFeed } from '../../common/domain/stream.ts';

/** Longest line of a streamed answer, characters; pictures come with the API and not with the stream. */
const MAX_LINE = 1 << 20;

export type StreamFormat = 'sse' | 'ndjson';

/** Whether a target's answer is a stream, by its content type (WHATWG, server-sent events; ndjson.org). */
export function streamFormat(contentType: string): StreamFormat | null {
  if (/^text\/event-stream\b/i.test(contentType)) return 'sse';
  return /^application\/(x-ndjson|ndjson|jsonl)\b/i.test(contentType) ? 'ndjson' : null;
}

/**
 * A target's streamed answer, feed by feed. Each event's data or each line is a `StreamFeed` in JSON; anything that is no JSON
 * object is text to be added; `[DONE]` and the end of the body finish. Throws where the body breaks off, where a JSON object
 * is no feed, or where a line is too long.
 */
export async function* readFeeds(
  body: AsyncIterable<Uint8Array>,
  format: StreamFormat,
): AsyncGenerator<StreamFeed> {
  const items = format === 'sse' ? events(lines(body)) : lines(body);
  for await (const item of items) {
    if (item === '' && format === 'ndjson') continue;
    const feed = item === '[DONE]' ? finished : toFeed(item);
    yield feed;
    if (feed.finish) return;
  }
  yield finished;
}

const finished: StreamFeed = { finish: true };

function toFeed(item: string): StreamFeed {
  if (!item.trimStart().startsWith('{')) return { append: unquoted(item), finish: false };
  let value: unknown;
  try {
    value = JSON.parse(item);
  } catch {
    return { append: item, finish: false };
  }
  return StreamFeed.parse(value);
}

/** A JSON string stands for its text, so that line breaks can be sent. */
function unquoted(item: string): string {
  if (!item.startsWith('"')) return item;
  try {
    const value: unknown = JSON.parse(item);
    return typeof value === 'string' ? value : item;
  } catch {
    return item;
  }
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.write(Buffer.from(chunk));
    // A carriage return at the end may be the first half of a line break.
    const parts = rest.split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop() ?? '';
    if (rest.length > MAX_LINE) throw new Error('line of a streamed answer is too long');
    yield* parts;
  }
  rest += decoder.end();
  if (rest !== '') yield rest.replace(/\r$/, '');
}

/** Data of server-sent events; comments, ids and event names say nothing here. */
async function* events(source: AsyncIterable<string>): AsyncGenerator<string> {
  let data: string[] = [];
  let size = 0;
  for await (const line of source) {
    if (line === '') {
      if (data.length > 0) yield data.join('\n');
      data = [];
      size = 0;
      continue;
    }
    const field = /^data(?:: ?(.*))?$/su.exec(line);
    if (field === null) continue;
    size += line.length;
    if (size > MAX_LINE) throw new Error('event of a streamed answer is too long');
    data.push(field[1] ?? '');
  }
  if (data.length > 0) yield data.join('\n');
}
