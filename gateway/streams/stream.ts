import { createHash } from 'node:crypto';
import type { StreamFeed, StreamView } from '../../common/domain/stream.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { utf8Length, utf8Truncate } from '../../common/text/utf8.ts';

/** Greatest text of a stream (WeCom D101031), bytes of UTF-8. */
export const MAX_CONTENT_BYTES = 20_480;
/** How long WeCom asks for a stream, from the member's message; milliseconds. */
export const POLLED_MS = 6 * 60_000;
/** A stream is ended this long before, so that its end is among what WeCom still asks for. */
const MARGIN_MS = 10_000;
/** What a stream ends with after that may still leave by the response_url, which lives for an hour. */
export const LATE_MS = 3_600_000;
/** A poll's answer has to fit through the tunnel within WeCom's five seconds, so that all pictures together are bounded. */
const MAX_IMAGE_BYTES = 10 << 20;

/** `relayed` streams are the target's own: the target is asked for them itself. */
export type StreamPhase = StreamView['state'] | 'relayed';

/** A stream as it is stored: WeCom's questions are answered from this alone. */
export interface StreamState {
  /** Name on the wire; for streams that are fed, the message's id. */
  readonly id: string;
  readonly bot: string;
  /** The message that it answers. */
  readonly message: string;
  /** When the message was received, milliseconds since the epoch. */
  readonly openedAt: number;
  readonly phase: StreamPhase;
  readonly content: string;
  readonly truncated: boolean;
  readonly images: readonly { readonly base64: string; readonly md5: string }[];
  readonly feedbackId: string | null;
  readonly card: Readonly<Record<string, unknown>> | null;
  readonly cardSent: boolean;
}

export function openState(
  stream: Pick<StreamState, 'id' | 'bot' | 'message' | 'openedAt'>,
  phase: StreamPhase,
): StreamState {
  return {
    ...stream,
    phase,
    content: '',
    truncated: false,
    images: [],
    feedbackId: null,
    card: null,
    cardSent: false,
  };
}

/** The state after a feed, or why it is not taken: CONFLICT {reason}, MEDIA_REFUSED {reason}. */
export function feedState(
  state: StreamState,
  feed: StreamFeed,
  now: number,
): StreamState | AppError {
  if (state.phase === 'done' || state.phase === 'relayed') {
    return new AppError('CONFLICT', { reason: 'finished' });
  }
  if (now >= state.openedAt + LATE_MS) return new AppError('CONFLICT', { reason: 'expired' });
  const images = feed.images?.map(({ base64 }) => Buffer.from(base64, 'base64')) ?? [];
  const refusal = imageRefusal(images);
  if (refusal !== null) return new AppError('MEDIA_REFUSED', { reason: refusal });
  const whole = feed.content ?? state.content + (feed.append ?? '');
  const content = utf8Truncate(whole, MAX_CONTENT_BYTES);
  return {
    ...state,
    phase: feed.finish && state.phase === 'open' ? 'done' : state.phase,
    content,
    truncated: content !== whole || (state.truncated && feed.content === undefined),
    images: images.map((bytes) => ({
      base64: bytes.toString('base64'),
      md5: createHash('md5').update(bytes).digest('hex'),
    })),
    feedbackId: feed.feedbackId ?? state.feedbackId,
    card: feed.card ?? state.card,
  };
}

function imageRefusal(images: readonly Buffer[]): string | null {
  const total = images.reduce((sum, bytes) => sum + bytes.length, 0);
  if (total > MAX_IMAGE_BYTES) return `over ${MAX_IMAGE_BYTES} bytes`;
  const known = images.every(
    (bytes) =>
      bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex')) ||
      bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')),
  );
  return known ? null : 'neither JPG nor PNG';
}

/** What a poll gets: a stream whose time is over ends with what it has, and what comes after is late. */
export function pollState(
  state: StreamState,
  now: number,
): { state: StreamState; finish: boolean } {
  if (state.phase === 'open' && now >= state.openedAt + POLLED_MS - MARGIN_MS) {
    return { state: { ...state, phase: 'late', cardSent: true }, finish: true };
  }
  const sent = state.cardSent || state.card !== null;
  return { state: { ...state, cardSent: sent }, finish: state.phase !== 'open' };
}

/** The reply's plaintext (D101031): the text so far; pictures with the last one only; the card once. */
export function renderStream(state: StreamState, finish: boolean): string {
  const pictures = finish ? state.images.map((image) => ({ msgtype: 'image', image })) : [];
  const stream = {
    id: state.id,
    finish,
    content: state.content,
    ...(pictures.length === 0 ? {} : { msg_item: pictures }),
    ...(state.feedbackId === null ? {} : { feedback: { id: state.feedbackId } }),
  };
  if (state.card === null || state.cardSent) return JSON.stringify({ msgtype: 'stream', stream });
  return JSON.stringify({
    msgtype: 'stream_with_template_card',
    stream,
    template_card: state.card,
  });
}

export function viewOf(state: StreamState): StreamView {
  return {
    id: state.id,
    bot: state.bot,
    state: state.phase === 'relayed' ? 'done' : state.phase,
    bytes: utf8Length(state.content),
    truncated: state.truncated,
    until: state.openedAt + POLLED_MS,
  };
}
