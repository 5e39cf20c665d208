import type { RequestStream } from './request-stream.ts';
import { ConnectionError, errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import { DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, MAX_WINDOW, frameType } from './frames.ts';

/** Bodies wait in their streams, where they press back, while so much waits for the connection, octets. */
const HIGH_WATER = 512 * 1024;

/** Flow control in both directions (RFC 9113 §5.2). */
export interface Flow {
  /** Raises the connection's window to what we want; once, behind our SETTINGS. */
  readonly open: () => void;
  /** Sends as much of a stream's body as the windows and the connection take, with its end. */
  readonly send: (stream: RequestStream) => void;
  /** The connection takes more again. */
  readonly resume: () => void;
  /** WINDOW_UPDATE for a stream, for the connection (null), or for a stream that is over (undefined). */
  readonly update: (stream: RequestStream | null | undefined, payload: Buffer) => void;
  /** The peer's SETTINGS_INITIAL_WINDOW_SIZE has changed by so much (RFC 9113 §6.9.2). */
  readonly shift: (octets: number) => void;
  /** A DATA frame of that size has come. Throws when it is more than was allowed. */
  readonly received: (stream: RequestStream | undefined, size: number) => void;
  /** The reader of a stream has taken something. */
  readonly consumed: (stream: RequestStream) => void;
  readonly forget: (stream: RequestStream) => void;
}

export interface FlowWindows {
  readonly streamWindow: number;
  readonly sessionWindow: number;
}

export function createFlow(
  writer: FrameWriter,
  streams: ReadonlyMap<number, RequestStream>,
  windows: FlowWindows,
  onSentAll: (stream: RequestStream) => void,
): Flow {
  let sendWindow = DEFAULT_WINDOW;
  let receiveWindow = DEFAULT_WINDOW;
  /** They have something to send and may not; whoever waits longest comes first. */
  const blocked = new Set<RequestStream>();

  const held: RequestStream[] = [];

  /** Sends one frame; false when nothing may go. */
  const sendFrame = (stream: RequestStream): boolean => {
    if (stream.id === 0 || stream.localEnded || stream.closed) return false;
    const [first] = stream.unsent;
    if (first === undefined) {
      if (!stream.endWanted) return false;
      writer.data(stream.id, NOTHING, true);
      stream.localEnd();
      onSentAll(stream);
      return false;
    }
    const at = stream.unsentAt;
    const size = Math.min(first.length - at, stream.sendWindow, sendWindow, DEFAULT_FRAME_SIZE);
    if (size <= 0 || writer.waiting >= HIGH_WATER) return false;
    stream.sendWindow -= size;
    sendWindow -= size;
    stream.unsentBytes -= size;
    const isLast = stream.endWanted && stream.unsentBytes === 0;
    const isWhole = at === 0 && size === first.length;
    writer.data(stream.id, isWhole ? first : first.subarray(at, at + size), isLast);
    stream.unsentAt = at + size;
    if (stream.unsentAt === first.length) {
      stream.unsent.shift();
      stream.unsentAt = 0;
    }
    if (isLast) {
      stream.localEnd();
      onSentAll(stream);
    }
    return !isLast;
  };
  const isBlocked = (stream: RequestStream): boolean =>
    stream.id !== 0 && stream.unsentBytes > 0 && !stream.closed;
  const send = (stream: RequestStream): void => {
    while (sendFrame(stream));
    if (isBlocked(stream)) blocked.add(stream);
    else {
      blocked.delete(stream);
      stream.sent();
    }
  };
  /** One frame each in turn, so that a long body does not hold up the others. */
  const resume = (): void => {
    for (const stream of blocked) {
      if (sendWindow <= 0 || writer.waiting >= HIGH_WATER) break;
      blocked.delete(stream);
      const moved = sendFrame(stream);
      if (!isBlocked(stream)) {
        // Its end, where that is all that is left.
        if (moved) send(stream);
        else stream.sent();
      } else if (moved) blocked.add(stream);
      // Its own window holds it back: it is not visited again in this round.
      else held.push(stream);
    }
    for (const stream of held.splice(0)) blocked.add(stream);
  };

  return {
    open: () => {
      writer.number(frameType.WINDOW_UPDATE, 0, windows.sessionWindow - receiveWindow);
      receiveWindow = windows.sessionWindow;
    },
    send,
    resume,
    update: (stream, payload) => {
      if (payload.length !== 4) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'window');
      if (stream === undefined) return;
      const increment = payload.readUInt32BE(0) & 0x7fffffff;
      if (stream === null) {
        sendWindow += increment;
        if (increment === 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'window');
        if (sendWindow > MAX_WINDOW) {
          throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, 'window');
        }
        resume();
        return;
      }
      stream.sendWindow += increment;
      if (increment === 0) stream.reset(errorCode.PROTOCOL_ERROR);
      else if (stream.sendWindow > MAX_WINDOW) stream.reset(errorCode.FLOW_CONTROL_ERROR);
      else send(stream);
    },
    shift: (octets) => {
      for (const stream of streams.values()) {
        stream.sendWindow += octets;
        if (stream.sendWindow > MAX_WINDOW) {
          throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, 'window');
        }
      }
      resume();
    },
    received: (stream, size) => {
      receiveWindow -= size;
      if (receiveWindow < 0) throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, 'session');
      // Given back as it comes: a reader that stops must not stop the others. Its own window holds it back.
      if (receiveWindow < windows.sessionWindow / 2) {
        writer.number(frameType.WINDOW_UPDATE, 0, windows.sessionWindow - receiveWindow);
        receiveWindow = windows.sessionWindow;
      }
      if (stream === undefined) return;
      stream.receiveWindow -= size;
      if (stream.receiveWindow < 0) stream.reset(errorCode.FLOW_CONTROL_ERROR);
    },
    consumed: (stream) => {
      if (stream.remoteEnded || stream.closed) return;
      const outstanding = stream.receiveWindow + stream.heldBytes;
      if (outstanding > stream.windowGoal / 2) return;
      // Half of the window was used and read: the reader keeps up, and may have more on its way.
      stream.windowGoal = Math.min(stream.windowGoal * 2, windows.streamWindow);
      const increment = stream.windowGoal - outstanding;
      stream.receiveWindow += increment;
      writer.number(frameType.WINDOW_UPDATE, stream.id, increment);
    },
    forget: (stream) => blocked.delete(stream),
  };
}

const NOTHING = Buffer.alloc(0);
