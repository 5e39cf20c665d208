import { useState, type ReactElement } from 'react';
import type { DeviceView, TunnelConfig } from '../../../../common/domain/relay/views.ts';
import type { Locale } from '../../../../common/domain/settings.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import { useNow } from '../../../app/clock.tsx';
import { formatDate } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  ConfirmDialog,
  CopyValue,
  EmptyState,
  Pill,
  RelativeTime,
  StatusShape,
  Surface,
  Table,
  type TableColumn,
} from '../../../components/index.ts';
import { LifeLeft } from '../../../screens/certificates/LifeLeft.tsx';
import { useClient, useSnapshot } from '../../console.tsx';
import shared from '../../relay.module.css';
import { Sessions } from './Sessions.tsx';
import { Tokens } from './Tokens.tsx';
import styles from './tunnels.module.css';

/** Who belongs to the tunnel, what is connected, and which tokens are out. */
export function Devices(props: { tunnel: TunnelConfig; onNewToken: () => void }): ReactElement {
  const { tunnel, onNewToken } = props;
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(60_000);
  const sessions = useSnapshot((snapshot) => snapshot.live.sessions);
  const [revoking, setRevoking] = useState<DeviceView | null>(null);
  const online = new Set(sessions.map(({ deviceId }) => deviceId));
  const columns = columnsOf({ t, locale, now, online, revoke: setRevoking });
  return (
    <div className={styles.stack}>
      {tunnel.devices.length === 0 ? (
        <Surface>
          <EmptyState
            title={t('relay.device.empty.title')}
            text={t('relay.device.empty.text')}
            action={
              <Button variant="primary" onPress={onNewToken}>
                {t('relay.token.new')}
              </Button>
            }
          />
        </Surface>
      ) : (
        <Table
          label={t('relay.tab.devices')}
          columns={columns}
          rows={tunnel.devices}
          dependencies={[sessions, now, locale]}
        />
      )}
      <Sessions tunnel={tunnel} />
      <Tokens tunnel={tunnel} />
      <Revoke device={revoking} tunnel={tunnel.name} onClose={() => setRevoking(null)} />
    </div>
  );
}

const tones = { online: 'ok', offline: 'bad', revoked: 'idle' } as const;

function stateOf(device: DeviceView, online: ReadonlySet<string>): keyof typeof tones {
  if (device.revokedAt !== null) return 'revoked';
  return online.has(device.id) ? 'online' : 'offline';
}

function lifeOf(device: DeviceView): { notBefore: number; notAfter: number } {
  return { notBefore: device.certificateNotBefore, notAfter: device.certificateNotAfter };
}

function Revoke(props: {
  device: DeviceView | null;
  tunnel: string;
  onClose: () => void;
}): ReactElement {
  const { device, tunnel, onClose } = props;
  const t = useTranslate();
  const client = useClient();
  return (
    <ConfirmDialog
      title={t('relay.revoke.title', { device: device?.hostname ?? '' })}
      confirm={t('relay.revoke.confirm')}
      isOpen={device !== null}
      onClose={onClose}
      onConfirm={async () => {
        if (device !== null) await client.call('devices.revoke', { id: device.id });
      }}
    >
      <p>{t('relay.revoke.text', { tunnel })}</p>
      <p>{t('relay.revoke.again')}</p>
    </ConfirmDialog>
  );
}

interface ColumnParts {
  readonly t: Translate;
  readonly locale: Locale;
  readonly now: number;
  readonly online: ReadonlySet<string>;
  readonly revoke: (device: DeviceView) => void;
}

function columnsOf({ t, locale, now, online, revoke }: ColumnParts): TableColumn<DeviceView>[] {
  return [
    {
      id: 'host',
      label: t('relay.device.host'),
      cell: (device) => {
        const state = stateOf(device, online);
        return (
          <span className={shared.named}>
            <StatusShape tone={tones[state]} label={t(`relay.device.${state}`)} />
            <span className={shared.cut} title={device.hostname}>
              {device.hostname}
            </span>
          </span>
        );
      },
    },
    {
      id: 'id',
      label: t('relay.device.id'),
      cell: ({ id }) => (
        <CopyValue value={id} label={t('relay.device.copyId')} keep={{ head: 8, tail: 4 }} />
      ),
    },
    {
      id: 'system',
      label: t('relay.device.system'),
      cell: ({ platform, version }) => (
        <span className={shared.muted}>
          {platform} · {version}
        </span>
      ),
    },
    {
      id: 'enrolled',
      label: t('relay.device.enrolled'),
      cell: ({ enrolledAt }) => <RelativeTime at={enrolledAt} />,
    },
    {
      id: 'certificate',
      label: t('relay.device.certificate'),
      cell: (device) =>
        device.revokedAt === null ? (
          <span title={formatDate(device.certificateNotAfter, locale)}>
            <LifeLeft certificate={lifeOf(device)} now={now} />
          </span>
        ) : (
          <Pill tone="idle">{t('relay.device.revoked')}</Pill>
        ),
    },
    {
      id: 'actions',
      label: t('relay.actions'),
      align: 'end',
      cell: (device) =>
        device.revokedAt === null && (
          <Button size="small" onPress={() => revoke(device)}>
            {t('relay.device.revoke')}
          </Button>
        ),
    },
  ];
}
