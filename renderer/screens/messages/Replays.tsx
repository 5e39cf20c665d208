import { useEffect, useState, type ReactElement } from 'react';
import { useCan, useClient, useConsoleState } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import type { ReplayView } from '../../../common/domain/replay.ts';
import type { Tone } from '../../../common/domain/tunnel.ts';
import {
  Button,
  errorWords,
  Meter,
  RelativeTime,
  StatusShape,
  useToasts,
} from '../../components/index.ts';
import styles from './replay.module.css';

const tones: Readonly<Record<ReplayView['state'], Tone>> = {
  running: 'busy',
  done: 'ok',
  cancelled: 'idle',
  failed: 'bad',
};

/** Replays of this program, the newest first, as they go on. */
export function Replays(): ReactElement | null {
  const t = useTranslate();
  const replays = useReplays();
  if (replays.length === 0) return null;
  return (
    <ul className={styles.replays} aria-label={t('replay.list')}>
      {replays.map((replay) => (
        <Replay key={replay.id} replay={replay} />
      ))}
    </ul>
  );
}

function Replay({ replay }: { replay: ReplayView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const mayManage = useCan('manage');
  const { id, state, total, taken, failed, skipped, error } = replay;
  const done = taken + failed + skipped;
  const words = total === null ? t('replay.done', { done }) : t('replay.doneOf', { done, total });
  return (
    <li className={styles.replayRow}>
      <p className={styles.replayHead}>
        <StatusShape tone={failed > 0 && state === 'done' ? 'warn' : tones[state]} />
        {t(`replay.state.${state}`)}
        <span className={styles.quiet}>
          {t('replay.started')} <RelativeTime at={replay.startedAt} />
        </span>
        {state === 'running' && mayManage && (
          <Button
            size="small"
            onPress={() => {
              client.call('messages.cancelReplay', { id }).catch(toasts.failed);
            }}
          >
            {t('common.cancel')}
          </Button>
        )}
      </p>
      <Meter
        label={t('replay.progress')}
        value={done}
        max={Math.max(1, total ?? done)}
        valueText={words}
        tone={failed > 0 ? 'warn' : 'busy'}
      />
      {(failed > 0 || skipped > 0) && (
        <p className={styles.quiet}>
          {[
            ...(failed > 0 ? [t('replay.failed', { count: failed })] : []),
            ...(skipped > 0 ? [t('replay.skipped', { count: skipped })] : []),
            ...(error === null ? [] : [errorWords(error, t).what]),
          ].join(' · ')}
        </p>
      )}
    </li>
  );
}

/** Read again when a host that was lost is back: one that ended meanwhile was not announced. */
function useReplays(): readonly ReplayView[] {
  const client = useClient();
  const isOpen = useConsoleState((state) => state.link === 'open');
  const [byId, setById] = useState<ReadonlyMap<string, ReplayView>>(new Map());
  useEffect(() => {
    if (!isOpen) return undefined;
    const put = (replays: readonly ReplayView[]): void =>
      setById((old) => new Map([...old, ...replays.map((each) => [each.id, each] as const)]));
    let current = true;
    client
      .call('messages.replays')
      .then(({ replays }) => {
        if (!current) return;
        // A program that was started anew knows nothing of the replays before.
        setById(new Map());
        put(replays);
      })
      .catch(() => undefined);
    const stop = client.on('replay.changed', ({ replays }) => put(replays));
    return () => {
      current = false;
      stop();
    };
  }, [client, isOpen]);
  return [...byId.values()].toSorted((a, b) => b.startedAt - a.startedAt);
}
