import { useState, type ReactElement } from 'react';
import type { TunnelAccess } from '../../../../common/domain/relay/tunnel-rules.ts';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import { Button, Select } from '../../../components/index.ts';
import { useClient } from '../../console.tsx';
import shared from '../../relay.module.css';
import { useAct } from '../../useChange.ts';
import { AccessForm } from './AccessForm.tsx';
import styles from './tunnels.module.css';

/** Stands for the lists that every domain has which has none of its own. */
const TUNNEL = '*';

/** White-lists: which paths and which source addresses get in, for the tunnel and for each of its domains. */
export function Access({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const [chosen, setChosen] = useState(TUNNEL);
  const { access, domains: own } = tunnel.rules;
  // It may have been unbound while it was open.
  const scope = tunnel.domains.includes(chosen) ? chosen : TUNNEL;
  const options = tunnel.domains.map((domain) => ({
    value: domain,
    label: domain,
    note: t(own[domain] === undefined ? 'relay.access.inherits' : 'relay.access.own'),
  }));
  return (
    <div className={styles.stack}>
      <p className={shared.small}>{t('relay.access.summary')}</p>
      {tunnel.domains.length > 0 && (
        <div className={styles.scope}>
          <Select
            label={t('relay.access.scope')}
            options={[
              { value: TUNNEL, label: t('relay.access.tunnel'), note: t('relay.access.default') },
              ...options,
            ]}
            value={scope}
            onChange={setChosen}
          />
        </div>
      )}
      {scope === TUNNEL ? (
        <TunnelLists key={TUNNEL} tunnel={tunnel.name} access={access} />
      ) : (
        <DomainLists
          key={scope}
          tunnel={tunnel.name}
          domain={scope}
          own={own[scope] ?? null}
          access={access}
        />
      )}
    </div>
  );
}

function TunnelLists(props: { tunnel: string; access: TunnelAccess }): ReactElement {
  const client = useClient();
  const { tunnel, access } = props;
  return (
    <AccessForm
      access={access}
      save={(next) => client.call('access.set', { tunnel, access: next })}
    />
  );
}

interface DomainListsProps {
  readonly tunnel: string;
  readonly domain: string;
  /** Null where it has the tunnel's. */
  readonly own: TunnelAccess | null;
  /** The tunnel's. */
  readonly access: TunnelAccess;
}

function DomainLists({ tunnel, domain, own, access }: DomainListsProps): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const act = useAct();
  const set = (next: TunnelAccess | null): Promise<void> =>
    client.call('domains.setAccess', { tunnel, domain, access: next });
  if (own === null) {
    return (
      <div className={styles.inherits}>
        <p>{t('relay.access.inheritsText', { domain })}</p>
        <Button
          onPress={() =>
            act(
              () => set(access),
              t('settings.saved'),
              () => set(null),
            )
          }
        >
          {t('relay.access.makeOwn')}
        </Button>
      </div>
    );
  }
  return (
    <AccessForm
      access={own}
      save={set}
      more={
        <Button
          variant="quiet"
          onPress={() =>
            act(
              () => set(null),
              t('relay.access.inherited'),
              () => set(own),
            )
          }
        >
          {t('relay.access.inherit')}
        </Button>
      }
    />
  );
}
