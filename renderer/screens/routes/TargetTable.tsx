import { useMemo, type ReactElement } from 'react';
import { useNow } from '../../app/clock.tsx';
import { useCan, useClient } from '../../app/console.tsx';
import { formatCount, formatCountdown } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { targetCondition, targetTone } from '../../app/target-condition.ts';
import type { TargetView } from '../../../common/domain/bot.ts';
import {
  Button,
  cx,
  Duration,
  errorWords,
  RelativeTime,
  LockMark,
  StatusShape,
  Table,
  useToasts,
  type TableColumn,
} from '../../components/index.ts';
import type { Translate } from '../../../common/i18n/translate.ts';
import frame from '../../components/Editor.module.css';
import styles from './targets.module.css';

/** Services with how each is doing; draining one empties it without losing a message. */
export function TargetTable({ targets }: { targets: readonly TargetView[] }): ReactElement {
  const t = useTranslate();
  const mayChange = useCan('manage');
  const columns = useMemo(() => columnsOf(t, mayChange), [t, mayChange]);
  return (
    <Table
      label={t('routes.services')}
      columns={columns}
      rows={targets}
      onOpen={(target) => navigate('routes', null, { service: target.id })}
    />
  );
}

function columnsOf(t: Translate, mayChange: boolean): readonly TableColumn<TargetView>[] {
  return [
    {
      id: 'id',
      label: t('routes.service'),
      isRowHeader: true,
      cell: (target) => <Name target={target} />,
    },
    { id: 'state', label: t('bots.state'), cell: (target) => <State target={target} /> },
    {
      id: 'inFlight',
      label: t('routes.inFlight'),
      align: 'end',
      cell: (target) => <InFlight target={target} />,
    },
    {
      id: 'p99',
      label: t('routes.p99'),
      align: 'end',
      cell: (target) => <Duration ms={target.p99Ms} />,
    },
    {
      id: 'weight',
      label: t('routes.weight'),
      align: 'end',
      cell: (target) =>
        target.priority > 0
          ? t('routes.standbyPriority', { priority: target.priority })
          : target.weight,
    },
    {
      id: 'drain',
      label: t('routes.drainColumn'),
      align: 'end',
      cell: (target) => (mayChange && target.lockedBy === null ? <Drain target={target} /> : '–'),
    },
  ];
}

function Name({ target }: { target: TargetView }): ReactElement {
  const t = useTranslate();
  const address = target.websocket
    ? t('routes.subscribers', { count: target.subscribers })
    : target.url;
  return (
    <span className={styles.target}>
      <span className={styles.targetName}>
        <span className={styles.nameText} title={target.id}>
          {target.id}
        </span>
        {target.lockedBy !== null && <LockMark source={target.lockedBy} />}
      </span>
      <span className={target.websocket ? frame.small : styles.address} title={address}>
        {address}
      </span>
    </span>
  );
}

function State({ target }: { target: TargetView }): ReactElement {
  const t = useTranslate();
  const condition = targetCondition(target);
  return (
    <span className={styles.state}>
      <StatusShape tone={targetTone(target)} size={10} />
      <span>
        {t(`common.target.${condition}`)}
        {condition === 'ejected' && target.ejectedUntil !== null && (
          <Until at={target.ejectedUntil} />
        )}
        <Why target={target} />
      </span>
    </span>
  );
}

/** Since when and for what it is out, and what its breaker does. */
function Why({ target }: { target: TargetView }): ReactElement | null {
  const t = useTranslate();
  const { breaker, ejectedSince, failure } = target;
  const at = ejectedSince ?? failure?.at ?? null;
  if (breaker === 'closed' && at === null) return null;
  return (
    <span className={styles.why}>
      {failure !== null && <span>{errorWords(failure.error, t).what}</span>}
      <span>
        {at !== null && <RelativeTime at={at} />}
        {at !== null && breaker !== 'closed' && ' · '}
        {breaker !== 'closed' && t(`routes.breaker.${breaker}`)}
      </span>
    </span>
  );
}

function Until({ at }: { at: number }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(1000);
  return (
    <span className={frame.quiet}>
      {' '}
      {t('routes.backIn', { time: formatCountdown(at - now, locale) })}
    </span>
  );
}

function InFlight({ target }: { target: TargetView }): ReactElement {
  const locale = useLocale();
  return (
    <span>
      {formatCount(target.inFlight, locale)}
      <span className={cx(frame.quiet, styles.most)}>
        {' '}
        / {formatCount(target.maxInFlight, locale)}
      </span>
    </span>
  );
}

function Drain({ target }: { target: TargetView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const { id, draining } = target;
  const put = (next: boolean): Promise<void> =>
    client.call('targets.drain', { id, draining: next });
  const toggle = (): void => {
    put(!draining).then(
      () =>
        toasts.done(t(draining ? 'routes.undrained' : 'routes.drained', { target: id }), () => {
          put(draining).catch(toasts.failed);
        }),
      toasts.failed,
    );
  };
  return (
    <Button
      size="small"
      aria-label={t(draining ? 'routes.undrainWhat' : 'routes.drainWhat', { target: id })}
      onToggle={toggle}
    >
      {t(draining ? 'routes.undrain' : 'routes.drain')}
    </Button>
  );
}
