import type { ReactElement } from 'react';
import { useNow } from '../../app/clock.tsx';
import { formatBytes, formatCount } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { robotLimits } from '../../../common/domain/outgoing.ts';
import type { Tone } from '../../../common/domain/tunnel.ts';
import { Meter } from '../../components/index.ts';
import { draftSize } from './compose.ts';
import type { Draft, SenderKind } from './draft.ts';
import type { Quota } from './useQuota.ts';

/** Bytes used of the limit, and what is left of the robot's minute. */
export function Limits(props: {
  draft: Draft;
  kind: SenderKind;
  quota: Quota | null;
}): ReactElement {
  const { draft, kind, quota } = props;
  return (
    <>
      <Size draft={draft} kind={kind} />
      {/* An app's minute is its corp's and not twenty: it is counted by the host, and shown once it runs short. */}
      {quota !== null && kind === 'robot' && <Minute quota={quota} />}
    </>
  );
}

function Size({ draft, kind }: { draft: Draft; kind: SenderKind }): ReactElement | null {
  const t = useTranslate();
  const locale = useLocale();
  const size = draftSize(draft, kind);
  if (size === null) return null;
  const { used, limit } = size;
  // Text is written to the byte; a picture of two megabytes is not.
  const words =
    draft.type === 'image'
      ? t('send.size.file', { used: formatBytes(used, locale), limit: formatBytes(limit, locale) })
      : t('send.size.text', { used: formatCount(used, locale), limit: formatCount(limit, locale) });
  return (
    <Meter
      label={t('send.size')}
      value={used}
      max={limit}
      valueText={words}
      tone={fullness(used / limit)}
    />
  );
}

function Minute({ quota }: { quota: Quota }): ReactElement {
  const t = useTranslate();
  const now = useNow(1000);
  const limit = robotLimits.messagesPerMinute;
  const seconds = Math.max(0, Math.ceil((quota.resetAt - now) / 1000));
  const isNew = seconds === 0 || quota.remaining >= limit;
  const remaining = isNew ? limit : quota.remaining;
  return (
    <Meter
      label={t('send.minute')}
      value={limit - remaining}
      max={limit}
      valueText={
        isNew
          ? t('send.minute.whole', { remaining, limit })
          : t('send.minute.left', { remaining, limit, seconds })
      }
      tone={fullness((limit - remaining) / limit)}
    />
  );
}

function fullness(part: number): Tone {
  if (part > 1) return 'bad';
  return part >= 0.9 ? 'warn' : 'busy';
}
