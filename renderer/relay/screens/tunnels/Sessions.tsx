import type { ReactElement } from 'react';
import type { SessionView, TunnelConfig } from '../../../../common/domain/relay/views.ts';
import type { Locale } from '../../../../common/domain/settings.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import { formatCount } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  Duration,
  RelativeTime,
  Section,
  Table,
  type TableColumn,
} from '../../../components/index.ts';
import { useSnapshot } from '../../console.tsx';
import shared from '../../relay.module.css';

type Row = Omit<SessionView, 'id'> & { readonly id: string };

/** The live data sessions of a tunnel. */
export function Sessions({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const all = useSnapshot((snapshot) => snapshot.live.sessions);
  const rows: Row[] = all
    .filter((session) => session.tunnel === tunnel.name)
    .map((session) => ({ ...session, id: String(session.id) }));
  const hostOf = (deviceId: string): string =>
    tunnel.devices.find(({ id }) => id === deviceId)?.hostname ?? deviceId;
  const columns = columnsOf({ t, locale, hostOf });
  return (
    <Section title={t('relay.session.title')}>
      {rows.length === 0 ? (
        <p className={shared.small}>{t('relay.session.empty')}</p>
      ) : (
        <Table
          label={t('relay.session.title')}
          columns={columns}
          rows={rows}
          dependencies={[locale, tunnel]}
        />
      )}
    </Section>
  );
}

interface ColumnParts {
  readonly t: Translate;
  readonly locale: Locale;
  readonly hostOf: (deviceId: string) => string;
}

function columnsOf({ t, locale, hostOf }: ColumnParts): TableColumn<Row>[] {
  return [
    {
      id: 'session',
      label: t('relay.session.id'),
      cell: ({ id, deviceId }) => `#${id} · ${hostOf(deviceId)}`,
    },
    {
      id: 'since',
      label: t('relay.session.since'),
      cell: ({ openedAt }) => <RelativeTime at={openedAt} />,
    },
    {
      id: 'rtt',
      label: t('relay.session.rtt'),
      align: 'end',
      cell: ({ rttMs }) => <Duration ms={rttMs} />,
    },
    {
      id: 'rate',
      label: t('relay.tunnels.perMinute'),
      align: 'end',
      cell: ({ perMinute }) => formatCount(perMinute, locale),
    },
    {
      id: 'inFlight',
      label: t('relay.session.inFlight'),
      align: 'end',
      cell: ({ inFlight }) => formatCount(inFlight, locale),
    },
    {
      id: 'carried',
      label: t('relay.session.carried'),
      align: 'end',
      cell: ({ carried }) => formatCount(carried, locale),
    },
  ];
}
