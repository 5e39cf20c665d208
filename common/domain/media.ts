import * as z from 'zod';
import type { BotKind } from './bot.ts';

/** What can be uploaded to WeCom (D90253, D91770): a robot takes `voice` and `file`, an app all of them. */
export const MediaType = z.enum(['image', 'voice', 'video', 'file']);
export type MediaType = z.infer<typeof MediaType>;

const MB = 1024 * 1024;

/** Largest file of each type, bytes (D90253). */
export const mediaLimits: Readonly<Record<MediaType, number>> = {
  image: 10 * MB,
  voice: 2 * MB,
  video: 10 * MB,
  file: 20 * MB,
};
/** WeCom refuses files of five bytes and less. */
export const LEAST_MEDIA_BYTES = 6;
/** Bytes of a file that one call of the contract carries at most. */
export const MEDIA_CHUNK_BYTES = 256 * 1024;
/** How many of a file's first bytes tell its format. */
export const MEDIA_HEAD_BYTES = 16;

/** Whether bots of this kind can upload a type. */
export function takesMedia(kind: BotKind, type: MediaType): boolean {
  return kind === 'app' || (kind === 'robot' && (type === 'file' || type === 'voice'));
}

const jpg = [0xff, 0xd8, 0xff];
const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** `#!AMR` (RFC 4867 §5.1). */
const amr = [0x23, 0x21, 0x41, 0x4d, 0x52];
/** The `ftyp` box, behind its length (ISO 14496-12 §4.3). */
const ftyp = [0x66, 0x74, 0x79, 0x70];

/** Why WeCom would refuse a file, by its size and its first bytes; null where it would take it. */
export function mediaProblem(
  type: MediaType,
  size: number,
  head: Uint8Array,
): 'small' | 'large' | 'format' | null {
  if (size < LEAST_MEDIA_BYTES) return 'small';
  if (size > mediaLimits[type]) return 'large';
  const starts = (magic: readonly number[], at = 0): boolean =>
    magic.every((byte, index) => head[at + index] === byte);
  switch (type) {
    case 'image':
      return starts(jpg) || starts(png) ? null : 'format';
    case 'voice':
      return starts(amr) ? null : 'format';
    case 'video':
      return starts(ftyp, 4) ? null : 'format';
    case 'file':
      return null;
  }
}

/** What a console says of a file before its bytes. */
export const MediaUpload = z.object({
  bot: z.string().max(64),
  type: MediaType,
  /** File name that users see. */
  name: z
    .string()
    .min(1)
    .max(255)
    .refine((name) => !/[/\\\p{Cc}]/u.test(name)),
  size: z
    .int()
    .min(LEAST_MEDIA_BYTES)
    .max(20 * MB),
});
export type MediaUpload = z.infer<typeof MediaUpload>;

/** A file that WeCom holds. */
export const UploadedMedia = z.object({
  mediaId: z.string(),
  /** Milliseconds since the epoch. */
  expiresAt: z.int(),
  /** Whether an earlier upload of the same bytes serves. */
  cached: z.boolean(),
});
export type UploadedMedia = z.infer<typeof UploadedMedia>;
