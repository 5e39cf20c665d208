/** Reads along with one direction of a WebSocket, for the code with which it closes. */
export interface CloseCodeReader {
  /** Takes the next bytes, however they are cut. */
  readonly read: (bytes: Buffer) => void;
  /** The code of its Close frame (RFC 6455 §5.5.1); 1005 where that has none, null while there was no such frame. */
  readonly code: () => number | null;
}

const CLOSE = 0x8;
/** RFC 6455 §7.1.5: a Close frame without a code. */
const NO_STATUS = 1005;
/** Two bytes, a length of eight, a mask of four. */
const MAX_HEADER = 14;

/** Looks at the heads of frames (RFC 6455 §5.2) and passes over what is in them; extensions do not touch control frames. */
export function createCloseCodeReader(): CloseCodeReader {
  const header = Buffer.alloc(MAX_HEADER);
  let have = 0;
  let left = 0;
  let closing: number[] | null = null;
  let code: number | null = null;

  /** The head is whole: what follows is passed over, or is a Close frame's first two bytes. */
  const begin = (): void => {
    const length = payloadLength(header);
    have = 0;
    if ((header[0]! & 0x0f) !== CLOSE) left = length;
    else if (length < 2) code = NO_STATUS;
    else closing = [];
  };
  const takeCode = (byte: number): void => {
    if (closing === null) return;
    const masked = (header[1]! & 0x80) !== 0;
    const key = masked ? header[headerLength(header[1]!) - 4 + closing.length]! : 0;
    closing.push(byte ^ key);
    if (closing.length === 2) code = closing[0]! * 256 + closing[1]!;
  };

  return {
    read: (bytes) => {
      let at = 0;
      while (at < bytes.length) {
        // Nothing comes after a Close frame.
        if (code !== null) return;
        if (left > 0) {
          const passed = Math.min(left, bytes.length - at);
          left -= passed;
          at += passed;
        } else if (closing !== null) takeCode(bytes[at++]!);
        else {
          header[have++] = bytes[at++]!;
          if (have >= 2 && have === headerLength(header[1]!)) begin();
        }
      }
    },
    code: () => code,
  };
}

/** Length of a frame's head, by its second byte. */
function headerLength(second: number): number {
  const length = second & 0x7f;
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
  return 2 + extended + ((second & 0x80) === 0 ? 0 : 4);
}

function payloadLength(header: Buffer): number {
  const length = header[1]! & 0x7f;
  if (length === 126) return header.readUInt16BE(2);
  return length === 127 ? Number(header.readBigUInt64BE(2)) : length;
}
