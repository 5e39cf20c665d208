import { useState, type ReactElement } from 'react';
import type { LiveView, TunnelConfig } from '../../../../common/domain/relay/views.ts';
import type { Locale } from '../../../../common/domain/settings.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import { formatCount } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  EmptyState,
  Page,
  PageHeader,
  RelativeTime,
  StatusShape,
  Surface,
  Table,
  type TableColumn,
} from '../../../components/index.ts';
import { PlusIcon } from '../../../icons/index.tsx';
import { useSnapshot } from '../../console.tsx';
import { tunnelHealth, tunnelTones } from '../../health.ts';
import { navigate, useRoute } from '../../router.ts';
import shared from '../../relay.module.css';
import { AuthFiles } from './AuthFiles.tsx';
import { CreateTunnel } from './CreateTunnel.tsx';
import { Recoveries } from './Recoveries.tsx';
import { TunnelDetail } from './TunnelDetail.tsx';

/** Every tunnel, or the one that is open. */
export function Tunnels(): ReactElement {
  const { param } = useRoute();
  const tunnel = useSnapshot((snapshot) =>
    param === null ? undefined : snapshot.tunnels.find(({ name }) => name === param),
  );
  return tunnel === undefined ? <TunnelList /> : <TunnelDetail tunnel={tunnel} />;
}

function TunnelList(): ReactElement {
  const t = useTranslate();
  const tunnels = useSnapshot((snapshot) => snapshot.tunnels);
  const [creating, setCreating] = useState(false);
  const create = (
    <Button variant="primary" onPress={() => setCreating(true)}>
      <PlusIcon />
      {t('relay.tunnels.create')}
    </Button>
  );
  return (
    <Page>
      <PageHeader
        title={t('relay.nav.tunnels')}
        summary={t('relay.tunnels.summary')}
        {...(tunnels.length === 0 ? {} : { actions: create })}
      />
      {tunnels.length === 0 ? (
        <Surface>
          <EmptyState
            title={t('relay.tunnels.empty.title')}
            text={t('relay.tunnels.empty.text')}
            action={create}
          />
        </Surface>
      ) : (
        <TunnelTable tunnels={tunnels} />
      )}
      <Recoveries />
      <AuthFiles />
      <CreateTunnel isOpen={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}

function TunnelTable({ tunnels }: { tunnels: readonly TunnelConfig[] }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const live = useSnapshot((snapshot) => snapshot.live);
  const columns = columnsOf({ t, locale, live });
  return (
    <Table
      label={t('relay.nav.tunnels')}
      columns={columns}
      rows={tunnels.map((tunnel) => ({ ...tunnel, id: tunnel.name }))}
      onOpen={({ name }) => navigate('tunnels', name)}
      dependencies={[live, locale]}
    />
  );
}

interface ColumnParts {
  readonly t: Translate;
  readonly locale: Locale;
  readonly live: LiveView;
}

function columnsOf({ t, locale, live }: ColumnParts): TableColumn<TunnelConfig & { id: string }>[] {
  return [
    {
      id: 'name',
      label: t('relay.tunnels.name'),
      cell: (tunnel) => {
        const health = tunnelHealth(tunnel, live.sessions);
        return (
          <span className={shared.named}>
            <StatusShape tone={tunnelTones[health]} label={t(`relay.tunnel.${health}`)} />
            <span className={shared.cut} title={tunnel.name}>
              {tunnel.name}
            </span>
          </span>
        );
      },
    },
    {
      id: 'domains',
      label: t('relay.tunnels.domains'),
      cell: ({ domains }) => {
        const [first = '–', ...more] = domains;
        return (
          <span className={shared.named} title={domains.join('\n')}>
            <span className={shared.cut}>{first}</span>
            {more.length > 0 && (
              <span className={shared.muted}>
                {t('relay.tunnels.more', { count: more.length })}
              </span>
            )}
          </span>
        );
      },
    },
    {
      id: 'devices',
      label: t('relay.tunnels.devices'),
      align: 'end',
      cell: ({ name, devices }) => {
        const online = new Set(
          live.sessions.filter(({ tunnel }) => tunnel === name).map(({ deviceId }) => deviceId),
        );
        return t('overview.figure.of', {
          part: online.size,
          whole: devices.filter(({ revokedAt }) => revokedAt === null).length,
        });
      },
    },
    {
      id: 'rate',
      label: t('relay.tunnels.perMinute'),
      align: 'end',
      cell: ({ name }) => formatCount(live.tunnels[name]?.perMinute ?? 0, locale),
    },
    {
      id: 'last',
      label: t('relay.tunnels.last'),
      align: 'end',
      cell: ({ name }) => {
        const at = live.tunnels[name]?.lastAt ?? null;
        return at === null ? '–' : <RelativeTime at={at} />;
      },
    },
  ];
}
