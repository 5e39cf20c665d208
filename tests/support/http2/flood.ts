import { frameType, flag } from '../../../common/http2/frames.ts';
import type { FrameLog } from './frame-log.ts';
import { frame, uint32 } from './frames.ts';

const MARK = 0xf100d;

/**
 * Sends a flood, and again where it was let through: what is allowed is counted by the second, and a machine that stalls takes
 * longer over one. The code with which the session ended the connection; null when it ended without.
 */
export async function flood(
  to: FrameLog & { send(...frames: readonly Buffer[]): void },
  batch: (round: number) => readonly Buffer[],
): Promise<number | null> {
  for (let round = 0; ; round += 1) {
    to.send(...batch(round), frame(frameType.PING, 0, 0, uint32(MARK, round)));
    const heard = await to.find(({ type, flags, payload }) =>
      type === frameType.PING
        ? (flags & flag.ACK) !== 0 && payload.equals(uint32(MARK, round))
        : type === frameType.GOAWAY,
    );
    if (heard?.type !== frameType.PING) return to.end();
  }
}
