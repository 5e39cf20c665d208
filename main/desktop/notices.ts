import {
  certificateTone,
  daysLeft,
  type CertificateInfo,
} from '../../common/domain/certificate.ts';
import type { TunnelView } from '../../common/domain/tunnel.ts';

/** A loss is told only when it lasts: most mend themselves within this time, milliseconds. */
export const LOST_AFTER_MS = 15_000;

export type Notice =
  | { readonly kind: 'lost' }
  | { readonly kind: 'restored' }
  | { readonly kind: 'refused'; readonly code: string }
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
      { kind: 'refused', code: state.error.code },
    ];
  }
  const downSince = memory.downSince ?? now;
  if (memory.wasOnline && memory.told === null && now - downSince >= LOST_AFTER_MS) {
    return [{ ...memory, downSince, told: 'lost' }, { kind: 'lost' }];
  }
  return [{ ...memory, downSince }, null];
}
