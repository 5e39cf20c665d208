import type { ReactElement } from 'react';
import type { RecoveryView } from '../../../../common/domain/relay/views.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import { useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  CopyValue,
  EmptyState,
  RelativeTime,
  Section,
  Table,
  type TableColumn,
} from '../../../components/index.ts';
import { useClient, useSnapshot } from '../../console.tsx';
import shared from '../../relay.module.css';
import { useAct } from '../../useChange.ts';
import { Decision } from './Decision.tsx';

/** Devices whose certificate has expired and that may only renew it once somebody has approved it; nothing without any. */
export function Recoveries(): ReactElement | null {
  const t = useTranslate();
  const recoveries = useSnapshot((snapshot) => snapshot.recoveries);
  if (recoveries.length === 0) return null;
  return (
    <Section title={t('relay.recovery.title')}>
      <Table
        label={t('relay.recovery.title')}
        columns={columnsOf(t)}
        rows={recoveries.map((recovery) => ({ ...recovery, id: recovery.deviceId }))}
        empty={<EmptyState title={t('relay.recovery.title')} text={t('relay.recovery.never')} />}
      />
    </Section>
  );
}

function RowActions({ recovery }: { recovery: RecoveryView }): ReactElement {
  const { deviceId, state } = recovery;
  const t = useTranslate();
  const client = useClient();
  const act = useAct();
  const approve = (
    <Button
      size="small"
      {...(state === 'pending' ? { variant: 'primary' } : {})}
      onPress={() =>
        act(() => client.call('recoveries.approve', { deviceId }), t('relay.recovery.approved'))
      }
    >
      {t('relay.auth.approve')}
    </Button>
  );
  const refuse = (
    <Button
      size="small"
      onPress={() =>
        act(() => client.call('recoveries.refuse', { deviceId }), t('relay.recovery.refused'))
      }
    >
      {t('relay.auth.refuse')}
    </Button>
  );
  if (state === 'collected') return <></>;
  return (
    <span className={shared.actions}>
      {state !== 'refused' && refuse}
      {state !== 'approved' && approve}
    </span>
  );
}

function columnsOf(t: Translate): TableColumn<RecoveryView & { id: string }>[] {
  return [
    { id: 'device', label: t('relay.auth.device'), cell: ({ hostname }) => hostname },
    {
      id: 'id',
      label: t('relay.device.id'),
      cell: ({ deviceId }) => (
        <CopyValue value={deviceId} label={t('relay.device.copyId')} keep={{ head: 8, tail: 4 }} />
      ),
    },
    { id: 'tunnel', label: t('relay.traffic.tunnel'), cell: ({ tunnel }) => tunnel },
    {
      id: 'expired',
      label: t('relay.recovery.expired'),
      cell: ({ expiredAt }) => (
        <span className={shared.muted}>
          <RelativeTime at={expiredAt} />
        </span>
      ),
    },
    {
      id: 'asked',
      label: t('relay.recovery.asked'),
      cell: ({ lastAskedAt }) => (
        <span className={shared.muted}>
          <RelativeTime at={lastAskedAt} />
        </span>
      ),
    },
    {
      id: 'state',
      label: t('relay.auth.state'),
      cell: ({ state, decidedBy }) => (
        <Decision state={state}>{state === 'pending' ? null : decidedBy}</Decision>
      ),
    },
    {
      id: 'actions',
      label: t('relay.actions'),
      align: 'end',
      cell: (recovery) => <RowActions recovery={recovery} />,
    },
  ];
}
