import type { Socket } from 'node:net';
import { frameType } from '../../../common/http2/frames.ts';

export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** The frames that the session at the other end of a connection sends. */
export interface FrameLog {
  /** In their order. */
  readonly seen: readonly SeenFrame[];
  /** The first frame that fits, past or to come; null when the connection ends before. */
  find(fits: (frame: SeenFrame) => boolean): Promise<SeenFrame | null>;
  /** Code of the GOAWAY with which the session ended the connection; null when it ended without. */
  end(): Promise<number | null>;
  /** Code of the RST_STREAM for a stream; null when the connection ends before. */
  reset(streamId: number): Promise<number | null>;
}

/** Reads `socket`, on which `preface` comes before the frames. */
export function logFrames(socket: Socket, preface = ''): FrameLog {
  const seen: SeenFrame[] = [];
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const changed = (): Promise<void> => new Promise((resolve) => void waiting.push(resolve));
  readFrames(socket, preface, (frame) => {
    seen.push(frame);
    wake();
  });
  socket.once('close', wake);
  const find: FrameLog['find'] = async (fits) => {
    for (;;) {
      const frame = seen.find(fits);
      if (frame !== undefined) return frame;
      if (socket.closed) return null;
      await changed();
    }
  };
  return {
    seen,
    find,
    end: async () => {
      while (!socket.closed) await changed();
      const goaway = seen.findLast((frame) => frame.type === frameType.GOAWAY);
      return goaway === undefined ? null : goaway.payload.readUInt32BE(4);
    },
    reset: async (streamId) => {
      const found = await find(
        (frame) => frame.type === frameType.RST_STREAM && frame.streamId === streamId,
      );
      return found === null ? null : found.payload.readUInt32BE(0);
    },
  };
}

function readFrames(socket: Socket, preface: string, onFrame: (frame: SeenFrame) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  let left = preface.length;
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (left > 0) {
      if (bytes.length < left) return;
      if (bytes.toString('latin1', 0, left) !== preface) throw new Error('no preface');
      bytes = bytes.subarray(left);
      left = 0;
    }
    while (bytes.length >= 9) {
      const end = 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < end) return;
      onFrame({
        type: bytes[3] ?? 0,
        flags: bytes[4] ?? 0,
        streamId: bytes.readUInt32BE(5),
        payload: Buffer.from(bytes.subarray(9, end)),
      });
      bytes = bytes.subarray(end);
    }
  });
}
