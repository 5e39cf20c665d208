import { ConnectionError, errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import { flag, frameType } from './frames.ts';

/** Pings at the same time. */
const MAX_ASKED = 10;

type Answered = (alive: boolean, roundTrip: number | null) => void;

/** PING in both directions (RFC 9113 §6.7). */
export interface Pings {
  /** Sends one; calls back with milliseconds, or with `alive` false when the connection ends. False when too many are unanswered. */
  ask(answered: Answered): boolean;
  take(flags: number, streamId: number, payload: Buffer): void;
  /** No answer will come any more. */
  fail(): void;
}

export function createPings(writer: FrameWriter): Pings {
  const asked = new Map<number, { readonly at: number; readonly answered: Answered }>();
  let next = 1;
  return {
    ask: (answered) => {
      if (asked.size >= MAX_ASKED) return false;
      const payload = Buffer.alloc(8);
      payload.writeUInt32BE(next, 4);
      asked.set(next, { at: performance.now(), answered });
      next = (next + 1) >>> 0;
      writer.frame(frameType.PING, 0, 0, payload);
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
      const question = asked.get(payload.readUInt32BE(4));
      if (question === undefined) return;
      asked.delete(payload.readUInt32BE(4));
      question.answered(true, performance.now() - question.at);
    },
    fail: () => {
      for (const { answered } of asked.values()) answered(false, null);
      asked.clear();
    },
  };
}
