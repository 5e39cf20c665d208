import { ConnectionError, errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import { flag, frameType } from './frames.ts';
import { readUint32, uint32 } from './octets.ts';

/** Pings at the same time. */
const MAX_ASKED = 10;

type Answered = (alive: boolean, roundTrip: number | null) => void;

/** PING in both directions (RFC 9113 §6.7). */
export interface Pings {
  /** Sends one; calls back with milliseconds, or with `alive` false when the connection ends. False when too many are unanswered. */
  ask(answered: Answered): boolean;
  take(flags: number, streamId: number, payload: ArrayLike<number>): void;
  /** No answer will come any more. */
  fail(): void;
}

export function createPings(
  writer: Pick<FrameWriter<unknown>, 'frame' | 'flush'>,
  now: () => number,
): Pings {
  const asked = new Map<number, { readonly at: number; readonly answered: Answered }>();
  let next = 1;
  return {
    ask: (answered) => {
      if (asked.size >= MAX_ASKED) return false;
      asked.set(next, { at: now(), answered });
      writer.frame(frameType.PING, 0, 0, uint32(0, next));
      next = (next + 1) >>> 0;
      writer.flush();
      return true;
    },
    take: (flags, streamId, payload) => {
      if (streamId !== 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'ping');
      if (payload.length !== 8) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'ping');
      if ((flags & flag.ACK) === 0) {
        writer.frame(frameType.PING, flag.ACK, 0, payload);
        return;
      }
      const number = readUint32(payload, 4);
      const question = asked.get(number);
      if (question === undefined) return;
      asked.delete(number);
      question.answered(true, now() - question.at);
    },
    fail: () => {
      for (const { answered } of asked.values()) answered(false, null);
      asked.clear();
    },
  };
}
