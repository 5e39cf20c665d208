import type { RequestStream } from './client-stream.ts';
import { ConnectionError, errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import { DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, MAX_WINDOW, frameType } from './frames.ts';

/** Bodies wait in their streams, where they press back, while so much waits for the connection, octets. */
const HIGH_WATER = 512 * 1024;

/** Flow control in both directions (RFC 9113 §5.2). */
export interface Flow {
  /** Raises the connection's window to what we want; once, behind our SETTINGS. */
  readonly open: () => void;
  /** Sends as much of `stream.unsent` as the windows and the connection take. */
  readonly send: (stream: RequestStream) => void;
  /** Sends a body and the end of the stream, if all of it may go at once. */
  readonly sendWhole: (stream: RequestStream, body: Buffer) => boolean;
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
): Flow {
  let sendWindow = DEFAULT_WINDOW;
  let receiveWindow = DEFAULT_WINDOW;
  /** They have something to send and may not; whoever waits longest comes first. */
  const blocked = new Set<RequestStream>();

  /** Sends one frame; false when nothing may go. */
  const sendFrame = (stream: RequestStream): boolean => {
    const { unsent } = stream;
    if (unsent === null || stream.id === 0) return false;
    const size = Math.min(
      unsent.bytes.length - unsent.at,
      stream.sendWindow,
      sendWindow,
      DEFAULT_FRAME_SIZE,
    );
    if (size <= 0 || writer.waiting >= HIGH_WATER) return false;
    stream.sendWindow -= size;
    sendWindow -= size;
    writer.data(stream.id, unsent.bytes.subarray(unsent.at, unsent.at + size), false);
    unsent.at += size;
    return true;
  };
  const isSent = (stream: RequestStream): boolean => {
    const { unsent } = stream;
    if (unsent === null || unsent.at < unsent.bytes.length) return false;
    stream.unsent = null;
    unsent.done();
    return true;
  };
  const send = (stream: RequestStream): void => {
    while (sendFrame(stream));
    if (isSent(stream) || stream.unsent === null) blocked.delete(stream);
    else if (stream.id !== 0) blocked.add(stream);
  };
  /** One frame each in turn, so that a long body does not hold up the others. */
  const resume = (): void => {
    for (const stream of blocked) {
      if (sendWindow <= 0 || writer.waiting >= HIGH_WATER) return;
      blocked.delete(stream);
      const moved = sendFrame(stream);
      if (isSent(stream) || stream.unsent === null) continue;
      // Behind the others; one that its own window holds back is not visited again in this round.
      if (moved) blocked.add(stream);
      else held.push(stream);
    }
    for (const stream of held.splice(0)) blocked.add(stream);
  };
  const held: RequestStream[] = [];

  return {
    open: () => {
      writer.number(frameType.WINDOW_UPDATE, 0, windows.sessionWindow - receiveWindow);
      receiveWindow = windows.sessionWindow;
    },
    send,
    sendWhole: (stream, body) => {
      const mayGo = Math.min(stream.sendWindow, sendWindow);
      if (stream.id === 0 || body.length > mayGo || writer.waiting >= HIGH_WATER) return false;
      stream.sendWindow -= body.length;
      sendWindow -= body.length;
      stream.localEnded = true;
      let at = 0;
      do {
        const piece = body.subarray(at, at + DEFAULT_FRAME_SIZE);
        at += piece.length;
        writer.data(stream.id, piece, at === body.length);
      } while (at < body.length);
      return true;
    },
    resume,
    update: (stream, payload) => {
      if (payload.length !== 4) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'window');
      if (stream === undefined) return;
      const increment = payload.readUInt32BE(0) & 0x7fffffff;
      if (stream === null) {
        sendWindow += increment;
        if (increment === 0 || sendWindow > MAX_WINDOW) {
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
      if (stream.remoteEnded || stream.destroyed) return;
      const outstanding = stream.receiveWindow + stream.readableLength;
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
