/**
 * MD5 (RFC 1321). WeCom wants the digest of an image beside its bytes; WebCrypto has no MD5. A checksum here, not a protection.
 */

/** Rotation amounts of the four rounds, RFC 1321 §3.4. */
const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;

/** T[i] = floor(2^32 · |sin(i + 1)|), RFC 1321 §3.4. */
const SINES = Uint32Array.from({ length: 64 }, (_, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
);

const BLOCK = 64;

/** The MD5 digest of `bytes` as 32 lower-case hex digits. */
export function md5Hex(bytes: Uint8Array): string {
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const whole = bytes.length - (bytes.length % BLOCK);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += BLOCK) transform(state, view, at);

  const tail = padded(bytes.subarray(whole), bytes.length);
  for (let at = 0; at < tail.byteLength; at += BLOCK) transform(state, tail, at);

  const digest = new DataView(new ArrayBuffer(16));
  state.forEach((word, i) => digest.setUint32(i * 4, word, true));
  let hex = '';
  for (let i = 0; i < 16; i += 1) hex += digest.getUint8(i).toString(16).padStart(2, '0');
  return hex;
}

/** The rest of the message with the bit 1, zeros and the length in bits (64-bit, little endian) behind it. */
function padded(rest: Uint8Array, length: number): DataView {
  const size = rest.length + 9 <= BLOCK ? BLOCK : BLOCK * 2;
  const bytes = new Uint8Array(size);
  bytes.set(rest);
  bytes[rest.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(size - 8, (length * 8) % 2 ** 32, true);
  view.setUint32(size - 4, Math.floor((length * 8) / 2 ** 32), true);
  return view;
}

function transform(state: Uint32Array, view: DataView, at: number): void {
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  for (let i = 0; i < 64; i += 1) {
    const round = i >> 4;
    let mixed: number;
    let word: number;
    if (round === 0) {
      mixed = (b & c) | (~b & d);
      word = i;
    } else if (round === 1) {
      mixed = (b & d) | (c & ~d);
      word = (5 * i + 1) % 16;
    } else if (round === 2) {
      mixed = b ^ c ^ d;
      word = (3 * i + 5) % 16;
    } else {
      mixed = c ^ (b | ~d);
      word = (7 * i) % 16;
    }
    const sum = (a + mixed + (SINES[i] ?? 0) + view.getUint32(at + word * 4, true)) | 0;
    const shift = SHIFTS[round]?.[i % 4] ?? 0;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
}
