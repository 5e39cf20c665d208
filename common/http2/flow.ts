import { ConnectionError, errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import { DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, MAX_WINDOW, frameType } from './frames.ts';
import type { FieldList } from './field-list.ts';
import { type Octets, type Runtime } from './octets.ts';
import type { Stream } from './stream.ts';

/** Bodies wait in their streams, where they press back, while so much waits for the connection, octets. */
const HIGH_WATER = 512 * 1024;

/** Flow control in both directions (RFC 9113 §5.2). */
export interface Flow<B extends Octets<B>> {
  /** Raises the connection's window to what we want; once, behind our SETTINGS. */
  readonly open: () => void;
  /** Sends as much of a stream's body as the windows and the connection take, with its end. */
  readonly send: (stream: Stream<B>) => void;
  /** The connection takes more again. */
  readonly resume: () => void;
  /** WINDOW_UPDATE for a stream, or for the connection (null). Throws where the latter is wrong. */
  readonly update: (stream: Stream<B> | null, increment: number) => void;
  /** The peer's SETTINGS_INITIAL_WINDOW_SIZE has changed by so much (RFC 9113 §6.9.2). */
  readonly shift: (octets: number) => void;
  /** A DATA frame of that size has come. Throws when it is more than was allowed. */
  readonly received: (stream: Stream<B> | undefined, size: number) => void;
  /** The reader of a stream has taken something. */
  readonly consumed: (stream: Stream<B>) => void;
  /** So many octets more wait for their readers, or fewer. */
  readonly held: (octets: number) => void;
  readonly forget: (stream: Stream<B>) => void;
}

export interface FlowWindows {
  readonly streamWindow: number;
  readonly sessionWindow: number;
}

export interface FlowDeps<B extends Octets<B>> {
  readonly runtime: Pick<Runtime<B>, 'allocate'>;
  readonly writer: FrameWriter<B>;
  /** Those that are open. */
  readonly streams: { values(): readonly Stream<B>[] };
  readonly windows: FlowWindows;
  readonly encode: (fields: FieldList) => B;
  readonly onSentAll: (stream: Stream<B>) => void;
}

export function createFlow<B extends Octets<B>>(deps: FlowDeps<B>): Flow<B> {
  const { writer, streams, windows, encode, onSentAll } = deps;
  const nothing = deps.runtime.allocate(0);
  let sendWindow = DEFAULT_WINDOW;
  let receiveWindow = DEFAULT_WINDOW;
  /** What has come and no reader has taken yet. */
  let heldBytes = 0;
  /** They have something to send, and only the connection holds it back; whoever waits longest comes first. */
  const blocked = new Set<Stream<B>>();

  /** Sends the end of a request whose body has gone, with its trailers; `isSaid` when the body's last frame said so already. */
  const finish = (stream: Stream<B>, isSaid: boolean): void => {
    if (stream.unsentTrailers !== null) {
      writer.headers(stream.id, encode(stream.unsentTrailers), true);
    } else if (!isSaid) writer.data(stream.id, nothing, true);
    stream.localEnd();
    onSentAll(stream);
  };
  /** Sends one frame; false when nothing may go. */
  const sendFrame = (stream: Stream<B>): boolean => {
    if (stream.id === 0 || stream.localEnded || stream.closed) return false;
    const [first] = stream.unsent;
    if (first === undefined) {
      if (stream.endWanted) finish(stream, false);
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
    const isEnd = isLast && stream.unsentTrailers === null;
    writer.data(stream.id, isWhole ? first : first.subarray(at, at + size), isEnd);
    stream.unsentAt = at + size;
    if (stream.unsentAt === first.length) {
      stream.unsent.shift();
      stream.unsentAt = 0;
    }
    if (isLast) finish(stream, isEnd);
    return !isLast;
  };
  const isFull = (): boolean => sendWindow <= 0 || writer.waiting >= HIGH_WATER;
  /** Leaves a stream to `resume` if that can help it: one that its own window holds back waits for `update` or `shift`. */
  const settle = (stream: Stream<B>): void => {
    const isLeft = stream.unsentBytes > 0 && !stream.closed;
    if (isLeft && stream.sendWindow > 0) blocked.add(stream);
    else if (!isLeft) stream.sent();
  };
  const send = (stream: Stream<B>): void => {
    if (stream.id === 0) return;
    if (blocked.size > 0 && stream.unsentBytes > 0 && stream.sendWindow > 0) {
      // Others were there before.
      blocked.add(stream);
      resume();
      return;
    }
    while (sendFrame(stream));
    settle(stream);
  };
  /** One frame each in turn, so that a long body does not hold up the others. */
  const resume = (): void => {
    for (const stream of blocked) {
      if (isFull()) return;
      blocked.delete(stream);
      sendFrame(stream);
      settle(stream);
    }
  };

  /**
   * Given back as it comes: a reader that stops must not stop the others. Its own window holds it back, and all of them that
   * stop hold no more than the connection's window together.
   */
  const giveBack = (): void => {
    const { sessionWindow } = windows;
    if (receiveWindow >= sessionWindow / 2 || heldBytes >= sessionWindow) return;
    writer.number(frameType.WINDOW_UPDATE, 0, sessionWindow - receiveWindow);
    receiveWindow = sessionWindow;
  };

  return {
    open: () => {
      writer.number(frameType.WINDOW_UPDATE, 0, windows.sessionWindow - receiveWindow);
      receiveWindow = windows.sessionWindow;
    },
    send,
    resume,
    update: (stream, increment) => {
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
      for (const stream of streams.values()) if (stream.unsentBytes > 0) send(stream);
    },
    received: (stream, size) => {
      receiveWindow -= size;
      if (receiveWindow < 0) throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, 'session');
      giveBack();
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
    held: (octets) => {
      heldBytes += octets;
      if (octets < 0) giveBack();
    },
    forget: (stream) => blocked.delete(stream),
  };
}
