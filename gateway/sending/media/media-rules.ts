import { AppError } from '../../../common/errors/app-error.ts';
import type { BotKind } from '../../../common/domain/bot.ts';
import {
  LEAST_MEDIA_BYTES,
  mediaLimits,
  mediaProblem,
  takesMedia,
  type MediaType,
} from '../../../common/domain/media.ts';

const formats = { voice: 'AMR', image: 'JPG or PNG', video: 'MP4', file: '' } as const;

/** Most bytes of a type. Throws SEND_NOT_SUPPORTED {bot, kind} for bots and types that have no upload. */
export function mediaLimit(
  bot: { readonly id: string; readonly kind: BotKind },
  type: MediaType,
): number {
  if (takesMedia(bot.kind, type)) return mediaLimits[type];
  throw new AppError('SEND_NOT_SUPPORTED', { bot: bot.id, kind: bot.kind });
}

/** Refuses what WeCom would refuse after the upload. Throws MEDIA_REFUSED {reason}. */
export function checkMedia(type: MediaType, size: number, head: Buffer): void {
  const problem = mediaProblem(type, size, head);
  if (problem === null) return;
  const limit = mediaLimits[type];
  if (problem === 'large') {
    throw new AppError('MEDIA_REFUSED', { reason: `over ${limit} bytes`, limit });
  }
  const reason = problem === 'small' ? `under ${LEAST_MEDIA_BYTES} bytes` : `not ${formats[type]}`;
  throw new AppError('MEDIA_REFUSED', { reason });
}
