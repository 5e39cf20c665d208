import { AppError } from '../../../common/errors/app-error.ts';
import type { BotKind } from '../../../common/domain/bot.ts';
import type { MediaType } from '../../wecom/index.ts';

const MB = 1024 * 1024;
/** WeCom refuses files of five bytes and less. */
const LEAST_BYTES = 6;

const limits: Readonly<Record<MediaType, number>> = {
  image: 10 * MB,
  voice: 2 * MB,
  video: 10 * MB,
  file: 20 * MB,
};

/** How the formats begin that WeCom takes (D90253): AMR (RFC 4867 §5.1), JPG, PNG, MP4 (`ftyp` box). */
const formats: Readonly<Partial<Record<MediaType, (head: Buffer) => boolean>>> = {
  voice: (head) => head.subarray(0, 5).toString('latin1') === '#!AMR',
  image: (head) =>
    head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) ||
    head.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')),
  video: (head) => head.subarray(4, 8).toString('latin1') === 'ftyp',
};
const names = { voice: 'AMR', image: 'JPG or PNG', video: 'MP4', file: '' } as const;

/** Most bytes of a type. Throws SEND_NOT_SUPPORTED {bot, kind} for bots and types that have no upload. */
export function mediaLimit(
  bot: { readonly id: string; readonly kind: BotKind },
  type: MediaType,
): number {
  const takes =
    bot.kind === 'app' || (bot.kind === 'robot' && (type === 'file' || type === 'voice'));
  if (!takes) throw new AppError('SEND_NOT_SUPPORTED', { bot: bot.id, kind: bot.kind });
  return limits[type];
}

/** Refuses what WeCom would refuse after the upload. Throws MEDIA_REFUSED {reason}. */
export function checkMedia(type: MediaType, size: number, head: Buffer): void {
  if (size < LEAST_BYTES)
    throw new AppError('MEDIA_REFUSED', { reason: `under ${LEAST_BYTES} bytes` });
  const fits = formats[type];
  if (fits !== undefined && !fits(head)) {
    throw new AppError('MEDIA_REFUSED', { reason: `not ${names[type]}` });
  }
}
