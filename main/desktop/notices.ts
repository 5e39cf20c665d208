import {
  certificateTone,
  daysLeft,
  type CertificateInfo,
} from '../../common/domain/certificate.ts';
import type { TunnelView } from '../../common/domain/tunnel.ts';
import type { ErrorInfo } from '../../common/errors/app-error.ts';
import type { Translate } from '../../common/i18n/translate.ts';

/** A loss is told only when it lasts: most mend themselves within this time, milliseconds. */
export const LOST_AFTER_MS = 15_000;

export type Notice =
  | { readonly kind: 'lost' }
  | { readonly kind: 'restored' }
  | { readonly kind: 'refused'; readonly error: ErrorInfo }
  | { readonly kind: 'certificate'; readonly days: number };

/** What was last told and since when the tunnel is down; made anew by each {@link nextNotice}. */
export interface NoticeMemory {
  readonly wasOnline: boolean;
  readonly downSince: number | null;
  readonly told: Notice['kind'] | null;
  readonly certificateTold: boolean;
}

export const noNotices: NoticeMemory = {
  wasOnline: false,
  downSince: null,
  told: null,
  certificateTold: false,
};

/** Decides, without side effects, what the operator should be told now: each thing once, and a loss only when it lasts. */
export function nextNotice(
  memory: NoticeMemory,
  tunnel: TunnelView,
  certificates: readonly CertificateInfo[],
  now: number,
): readonly [NoticeMemory, Notice | null] {
  const { state } = tunnel;
  if (state.phase === 'online') {
    const memoryOnline = { ...memory, wasOnline: true, downSince: null, told: null };
    if (memory.told === 'lost' || memory.told === 'refused')
      return [memoryOnline, { kind: 'restored' }];
    const [device] = certificates
      .filter(({ role }) => role === 'device')
      .toSorted((a, b) => a.notAfter - b.notAfter);
    const ending = device !== undefined && certificateTone(device, now) === 'bad';
    if (ending && !memory.certificateTold) {
      return [
        { ...memoryOnline, certificateTold: true },
        { kind: 'certificate', days: daysLeft(device, now) },
      ];
    }
    return [ending ? memoryOnline : { ...memoryOnline, certificateTold: false }, null];
  }
  if (state.phase === 'stopped' || state.phase === 'unenrolled') return [noNotices, null];
  if (state.phase === 'refused' && memory.told !== 'refused') {
    return [
      { ...memory, told: 'refused' },
      { kind: 'refused', error: state.error },
    ];
  }
  const downSince = memory.downSince ?? now;
  if (memory.wasOnline && memory.told === null && now - downSince >= LOST_AFTER_MS) {
    return [{ ...memory, downSince, told: 'lost' }, { kind: 'lost' }];
  }
  return [{ ...memory, downSince }, null];
}

/** A notice in words, and the page of the console that has more. */
export interface NoticeWords {
  readonly title: string;
  readonly body: string;
  readonly page: string;
}

export function noticeWords(notice: Notice, t: Translate): NoticeWords {
  switch (notice.kind) {
    case 'lost':
    case 'restored':
      return {
        title: t(`notify.${notice.kind}.title`),
        body: t(`notify.${notice.kind}.body`),
        page: 'overview',
      };
    case 'refused': {
      const { code, params } = notice.error;
      return {
        title: t('notify.refused.title'),
        body: t(`errors.${code}.what`, params),
        page: 'overview',
      };
    }
    case 'certificate':
      return {
        title: t('notify.certificate.title'),
        body: t('notify.certificate.body', { days: notice.days }),
        page: 'certificates',
      };
  }
}
