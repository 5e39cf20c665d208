import { useState, type ReactElement } from 'react';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  EmptyState,
  Page,
  PageHeader,
  Pill,
  Section,
  Surface,
} from '../../../components/index.ts';
import { TunnelCauseway } from '../../causeway/TunnelCauseway.tsx';
import { useSnapshot } from '../../console.tsx';
import { tunnelHealth, tunnelTones } from '../../health.ts';
import { formatHash } from '../../router.ts';
import { CreateTunnel } from '../tunnels/CreateTunnel.tsx';
import { Figures } from './Figures.tsx';
import { Waiting } from './Waiting.tsx';
import styles from './overview.module.css';

/** Each tunnel as a causeway, what waits for somebody, and how much passes. */
export function Overview(): ReactElement {
  const t = useTranslate();
  const relay = useSnapshot((snapshot) => snapshot.relay);
  const tunnels = useSnapshot((snapshot) => snapshot.tunnels);
  const [creating, setCreating] = useState(false);
  return (
    <Page>
      <PageHeader title={relay.name} summary={t('relay.overview.summary')} />
      <Waiting />
      <Figures />
      {tunnels.length === 0 ? (
        <Surface>
          <EmptyState
            title={t('relay.tunnels.empty.title')}
            text={t('relay.tunnels.empty.text')}
            action={
              <Button variant="primary" onPress={() => setCreating(true)}>
                {t('relay.tunnels.create')}
              </Button>
            }
          />
        </Surface>
      ) : (
        tunnels.map((tunnel) => <TunnelSection key={tunnel.name} tunnel={tunnel} />)
      )}
      <CreateTunnel isOpen={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}

function TunnelSection({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const sessions = useSnapshot((snapshot) => snapshot.live.sessions);
  const health = tunnelHealth(tunnel, sessions);
  return (
    <Section
      title={tunnel.name}
      action={
        <span className={styles.sectionEnd}>
          <Pill tone={tunnelTones[health]}>{t(`relay.tunnel.${health}`)}</Pill>
          <a
            href={formatHash('tunnels', tunnel.name)}
            aria-label={t('relay.overview.openTunnel', { tunnel: tunnel.name })}
          >
            {t('relay.overview.open')}
          </a>
        </span>
      }
    >
      <Surface>
        <TunnelCauseway tunnel={tunnel} />
      </Surface>
    </Section>
  );
}
