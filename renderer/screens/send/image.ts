import { robotLimits } from '../../../common/domain/outgoing.ts';
import { md5Hex } from './md5.ts';

/** A picture ready to be sent: the fields of `msgtype: image` and what the form shows of it. */
export interface PickedImage {
  readonly name: string;
  readonly format: 'jpeg' | 'png';
  /** Size of the raw file. */
  readonly bytes: number;
  /** Standard alphabet, no prefix, no line breaks (WeCom D91770). */
  readonly base64: string;
  /** Lower-case hex of the raw bytes' MD5. */
  readonly md5: string;
}

export type ImageProblem = 'empty' | 'format' | 'size';

/** JPG or PNG by the file's first bytes: an extension or a MIME type is only somebody's word. */
export function imageFormat(bytes: Uint8Array): 'jpeg' | 'png' | null {
  const starts = (...magic: number[]): boolean => magic.every((byte, i) => bytes[i] === byte);
  if (starts(0xff, 0xd8, 0xff)) return 'jpeg';
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png';
  return null;
}

/** Checks a file against what WeCom takes (JPG or PNG, at most 2 MB raw) and encodes it, or says what is wrong. */
export function pickImage(name: string, bytes: Uint8Array): PickedImage | ImageProblem {
  if (bytes.length === 0) return 'empty';
  if (bytes.length > robotLimits.imageBytes) return 'size';
  const format = imageFormat(bytes);
  if (format === null) return 'format';
  return { name, format, bytes: bytes.length, base64: toBase64(bytes), md5: md5Hex(bytes) };
}

/** Base64 (RFC 4648 §4) of `bytes`. */
export function toBase64(bytes: Uint8Array): string {
  // A multiple of three, so that the pieces join without padding between them; small enough for an argument list.
  const piece = 0x6000;
  let out = '';
  for (let at = 0; at < bytes.length; at += piece) {
    out += btoa(String.fromCharCode(...bytes.subarray(at, at + piece)));
  }
  return out;
}
