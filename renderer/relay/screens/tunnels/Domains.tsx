import { useState, type ReactElement } from 'react';
import type { TunnelConfig } from '../../../../common/domain/relay/views.ts';
import { useTranslate } from '../../../app/locale.tsx';
import {
  Button,
  ConfirmDialog,
  CopyValue,
  ErrorText,
  Surface,
  TextField,
} from '../../../components/index.ts';
import { useClient, useSnapshot } from '../../console.tsx';
import shared from '../../relay.module.css';
import { useChange } from '../../useChange.ts';
import styles from './tunnels.module.css';

/** The domains that lead into a tunnel. */
export function Domains({ tunnel }: { tunnel: TunnelConfig }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const change = useChange();
  const [domain, setDomain] = useState('');
  const [unbinding, setUnbinding] = useState<string | null>(null);
  const address = useSnapshot((snapshot) => snapshot.relay.fixedIp);
  const bind = async (): Promise<void> => {
    const work = (): Promise<void> => client.call('domains.bind', { tunnel: tunnel.name, domain });
    if (await change.run(work)) setDomain('');
  };
  return (
    <div className={styles.stack}>
      <p className={shared.small}>
        {address === null
          ? t('relay.domains.summary')
          : t('relay.domains.summaryIp', { ip: address })}
      </p>
      {tunnel.domains.length > 0 && (
        <Surface>
          <ul className={styles.rows} aria-label={t('relay.tab.domains')}>
            {tunnel.domains.map((name) => (
              <li key={name} className={styles.rowItem}>
                <CopyValue value={name} label={t('relay.domains.copy')} />
                <Button
                  size="small"
                  aria-label={t('relay.domains.unbind.what', { domain: name })}
                  onPress={() => setUnbinding(name)}
                >
                  {t('relay.domains.unbind.open')}
                </Button>
              </li>
            ))}
          </ul>
        </Surface>
      )}
      <form
        className={styles.inline}
        onSubmit={(event) => {
          event.preventDefault();
          if (domain.trim() !== '') void bind();
        }}
      >
        <TextField
          label={t('relay.domains.new')}
          hint={t('relay.domains.newHint')}
          placeholder="bot.example.com"
          value={domain}
          onChange={(value) => {
            setDomain(value);
            change.clear();
          }}
          maxLength={253}
          mono
        />
        <Button type="submit" isDisabled={domain.trim() === ''} isPending={change.busy}>
          {t('relay.domains.bind')}
        </Button>
      </form>
      {change.error !== null && <ErrorText error={change.error} />}
      <ConfirmDialog
        title={t('relay.domains.unbindTitle', { domain: unbinding ?? '' })}
        confirm={t('relay.domains.unbind')}
        isOpen={unbinding !== null}
        onClose={() => setUnbinding(null)}
        onConfirm={async () => {
          if (unbinding === null) return;
          await client.call('domains.unbind', { tunnel: tunnel.name, domain: unbinding });
        }}
      >
        <p>{t('relay.domains.unbindText')}</p>
      </ConfirmDialog>
    </div>
  );
}
