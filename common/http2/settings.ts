import { ConnectionError, errorCode } from './errors.ts';
import { DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, MAX_WINDOW, flag, setting } from './frames.ts';
import { readUint32, uint32 } from './octets.ts';

/** What the peer has said of itself and concerns us (RFC 9113 §6.5.2). We send no frame larger than any peer takes. */
export interface PeerSettings {
  /** Streams of ours at once. */
  readonly maxStreams: number;
  /** Octets that each stream may send before the first WINDOW_UPDATE. */
  readonly streamWindow: number;
  /** Octets of its HPACK table. */
  readonly tableSize: number;
  /** The smallest that its last SETTINGS named on the way there: what did not fit into that is gone (RFC 7541 §4.2). */
  readonly leastTableSize: number;
}

/** Until the peer has said something else: RFC 9113 §6.5.2, and a hundred streams at once. */
export const initialPeerSettings: PeerSettings = {
  maxStreams: 100,
  streamWindow: DEFAULT_WINDOW,
  tableSize: 4_096,
  leastTableSize: 4_096,
};

const MAX_ENTRIES = 32;

/** Payload of a SETTINGS frame with these identifiers and values. */
export function encodeSettings(
  entries: readonly (readonly [identifier: number, value: number])[],
): number[] {
  return entries.flatMap(([identifier, value]) => [
    identifier >>> 8,
    identifier & 255,
    ...uint32(value),
  ]);
}

/** The peer's settings after a SETTINGS frame; null for an acknowledgement. Throws `ConnectionError`. */
export function readSettings(
  from: 'client' | 'server',
  flags: number,
  streamId: number,
  payload: ArrayLike<number>,
  before: PeerSettings,
): PeerSettings | null {
  if (streamId !== 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'settings');
  const isAck = (flags & flag.ACK) !== 0;
  if (payload.length % 6 !== 0 || (isAck && payload.length > 0)) {
    throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'settings');
  }
  if (isAck) return null;
  if (payload.length > MAX_ENTRIES * 6) {
    throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'settings');
  }
  let { maxStreams, streamWindow, tableSize } = before;
  let leastTableSize = tableSize;
  for (let at = 0; at < payload.length; at += 6) {
    const value = readUint32(payload, at + 2);
    switch (((payload[at] as number) << 8) | (payload[at + 1] as number)) {
      case setting.HEADER_TABLE_SIZE:
        tableSize = value;
        leastTableSize = Math.min(leastTableSize, value);
        break;
      case setting.ENABLE_PUSH:
        // RFC 9113 §6.5.2: it is not the server's to allow.
        if (value > 1 || (value === 1 && from === 'server')) {
          throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'push');
        }
        break;
      case setting.MAX_CONCURRENT_STREAMS:
        maxStreams = value;
        break;
      case setting.INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW) throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, 'window');
        streamWindow = value;
        break;
      case setting.MAX_FRAME_SIZE:
        if (value < DEFAULT_FRAME_SIZE || value > 2 ** 24 - 1) {
          throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'frame size');
        }
        break;
      default:
    }
  }
  return { maxStreams, streamWindow, tableSize, leastTableSize };
}
