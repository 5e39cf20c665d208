import type { ServiceReply } from '../../common/domain/inbound.ts';
import type { StreamFeed } from '../../common/domain/stream.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { InboundRecord } from '../inbox/message-store.ts';
import { renderReply, type ParsedMessage } from '../wecom/index.ts';
import { MAX_CONTENT_BYTES } from './stream.ts';
import type { Streams } from './streams.ts';

/** What a target said, whole or still being written. */
export interface Said {
  readonly reply: ServiceReply | null;
  readonly feeds?: AsyncGenerator<StreamFeed>;
}

/** A reply as WeCom gets it, and what of it is sent should WeCom no longer wait. */
export interface Rendered {
  readonly reply: string;
  readonly late: ServiceReply | 'stream';
}

/** Turns what targets say into passive replies, and begins the streams among them. */
export interface Replies {
  /** Throws TARGET_REPLY_INVALID, and as {@link Streams.open}. */
  render(record: InboundRecord, parsed: ParsedMessage, said: Said): Promise<Rendered>;
}

export function createReplies(options: {
  readonly streams: Streams;
  readonly now: () => number;
}): Replies {
  const { streams, now } = options;

  async function whole(
    record: InboundRecord,
    parsed: ParsedMessage,
    reply: ServiceReply,
  ): Promise<Rendered> {
    if (reply.type === 'stream') {
      if (!streamable(parsed)) {
        const text = { type: 'text', content: reply.content } as const;
        return { reply: renderReply(text, parsed, record.format, now()), late: text };
      }
      const plaintext = await streams.open(record, reply);
      return { reply: plaintext, late: reply.finish ? reply : 'stream' };
    }
    const plaintext = renderReply(reply, parsed, record.format, now());
    const own = reply.type === 'raw' && parsed.dialect === 'aibot' ? ownStream(plaintext) : null;
    if (own !== null) await streams.relay(record, own);
    return { reply: plaintext, late: reply };
  }

  async function flowing(
    record: InboundRecord,
    parsed: ParsedMessage,
    feeds: AsyncGenerator<StreamFeed>,
  ): Promise<Rendered> {
    if (!streamable(parsed)) {
      const content = await collect(feeds);
      return whole(record, parsed, { type: 'text', content });
    }
    try {
      const plaintext = await streams.open(record, { type: 'stream', content: '', finish: false });
      streams.follow(record.id, feeds);
      return { reply: plaintext, late: 'stream' };
    } catch (error) {
      await feeds.return(undefined);
      throw error;
    }
  }

  return {
    async render(record, parsed, { reply, feeds }) {
      if (feeds !== undefined) return flowing(record, parsed, feeds);
      if (reply === null) throw new AppError('TARGET_REPLY_INVALID');
      return whole(record, parsed, reply);
    },
  };
}

/** Streams answer a smart bot's messages; events and other bots take whole replies only. */
function streamable(parsed: ParsedMessage): boolean {
  return parsed.dialect === 'aibot' && parsed.type !== 'event' && parsed.type !== 'stream';
}

/** The id of an unfinished stream that a target answers by itself; null for anything else. */
function ownStream(plaintext: string): string | null {
  const { stream } = JSON.parse(plaintext) as { stream?: { id?: unknown; finish?: unknown } };
  if (typeof stream?.id !== 'string' || stream.finish === true) return null;
  return stream.id.length <= 128 ? stream.id : null;
}

/** Text of a whole streamed answer, as much of it as any reply takes. */
async function collect(feeds: AsyncIterable<StreamFeed>): Promise<string> {
  let text = '';
  for await (const { content, append, finish } of feeds) {
    text = content ?? text + (append ?? '');
    if (finish || text.length > MAX_CONTENT_BYTES) break;
  }
  return text;
}
