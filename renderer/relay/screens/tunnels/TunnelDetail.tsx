import { useState, type ReactElement } from 'react';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  ConfirmDialog,
  Page,
  PageHeader,
  Pill,
  Surface,
  Tabs,
} from '../../../components/index.ts';
import { PlusIcon } from '../../../icons/index.tsx';
import { TunnelCauseway } from '../../causeway/TunnelCauseway.tsx';
import { useClient, useSnapshot } from '../../console.tsx';
import { tunnelHealth, tunnelTones } from '../../health.ts';
import shared from '../../relay.module.css';
import { formatHash, leave, navigate, useRoute } from '../../router.ts';
import { Access } from './Access.tsx';
import { Devices } from './Devices.tsx';
import { Domains } from './Domains.tsx';
import { NewToken } from './NewToken.tsx';
import { Protection } from './Protection.tsx';
import styles from './tunnels.module.css';

const tabs = ['devices', 'domains', 'access', 'protection'] as const;

/** One tunnel: how it is, who belongs to it, and what may pass. */
export function TunnelDetail({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const { tab } = useRoute();
  const sessions = useSnapshot((snapshot) => snapshot.live.sessions);
  const [dialog, setDialog] = useState<'token' | 'remove' | null>(null);
  const health = tunnelHealth(tunnel, sessions);
  const contents = {
    devices: <Devices tunnel={tunnel} onNewToken={() => setDialog('token')} />,
    domains: <Domains tunnel={tunnel} />,
    access: <Access key={tunnel.name} tunnel={tunnel} />,
    protection: <Protection key={tunnel.name} tunnel={tunnel} />,
  };
  return (
    <Page>
      <div>
        <a className={styles.back} href={formatHash('tunnels')}>
          {t('relay.nav.tunnels')}
        </a>
        <PageHeader
          title={tunnel.name}
          actions={
            <span className={shared.actions}>
              <Pill tone={tunnelTones[health]}>{t(`relay.tunnel.${health}`)}</Pill>
              <Button onPress={() => setDialog('remove')}>{t('relay.remove.open')}</Button>
              <Button variant="primary" onPress={() => setDialog('token')}>
                <PlusIcon />
                {t('relay.token.new')}
              </Button>
            </span>
          }
        />
      </div>
      <Surface>
        <TunnelCauseway tunnel={tunnel} />
      </Surface>
      <Tabs
        label={tunnel.name}
        tabs={tabs.map((id) => ({ id, label: t(`relay.tab.${id}`), content: contents[id] }))}
        selected={tabs.find((each) => each === tab) ?? 'devices'}
        onSelect={(id) => navigate('tunnels', tunnel.name, id)}
      />
      <NewToken tunnel={tunnel.name} isOpen={dialog === 'token'} onClose={() => setDialog(null)} />
      <Remove tunnel={tunnel} isOpen={dialog === 'remove'} onClose={() => setDialog(null)} />
    </Page>
  );
}

function Remove(props: {
  tunnel: TunnelConfig;
  isOpen: boolean;
  onClose: () => void;
}): ReactElement {
  const { tunnel, isOpen, onClose } = props;
  const t = useTranslate();
  const locale = useLocale();
  const client = useClient();
  return (
    <ConfirmDialog
      title={t('relay.remove.title', { tunnel: tunnel.name })}
      confirm={t('relay.remove.confirm')}
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={async () => {
        await client.call('tunnels.remove', { tunnel: tunnel.name });
        leave('tunnels');
      }}
    >
      <p>
        {t('relay.remove.ends', {
          domains: tunnel.domains.join(locale === 'en' ? ', ' : '、') || '–',
          count: tunnel.devices.filter(({ revokedAt }) => revokedAt === null).length,
        })}
      </p>
      <p>{t('relay.remove.keeps')}</p>
    </ConfirmDialog>
  );
}
