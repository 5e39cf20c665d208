import { useState, type ReactElement } from 'react';
import type { HeldView } from '../../../../common/domain/relay/views.ts';
import { formatAbsolute, formatBytes } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import { Button, ConfirmDialog, RelativeTime, StatusShape } from '../../../components/index.ts';
import rows from '../../../components/SettingRow.module.css';
import { useClient, useSnapshot } from '../../console.tsx';
import shared from '../../relay.module.css';
import { useAct } from '../../useChange.ts';
import styles from './tunnels.module.css';

/** What is held for a tunnel at this moment, and what can be done with it; nothing while that is nothing. */
export function HeldNow({ tunnel }: { tunnel: string }): ReactElement | null {
  const held = useSnapshot((snapshot) => snapshot.live.held[tunnel]);
  return held === undefined ? null : <Held tunnel={tunnel} held={held} />;
}

function Held({ tunnel, held }: { tunnel: string; held: HeldView }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const client = useClient();
  const act = useAct();
  const [forgetting, setForgetting] = useState(false);
  const { count, bytes, oldestAt, expiresAt, setAside } = held;
  return (
    <div className={rows.row}>
      <div>
        <p className={styles.heldNow}>
          <StatusShape tone="warn" size={10} />
          {t('relay.held.now', { count, bytes: formatBytes(bytes, locale) })}
        </p>
        <p className={rows.note}>
          {t('relay.held.oldest')} <RelativeTime at={oldestAt} /> ·{' '}
          {t('relay.held.until', { time: formatAbsolute(expiresAt, locale) })}
          {setAside > 0 && <> · {t('relay.held.aside', { count: setAside })}</>}
        </p>
      </div>
      <span className={shared.actions}>
        <Button size="small" onPress={() => setForgetting(true)}>
          {t('relay.held.forget')}
        </Button>
        <Button
          size="small"
          onPress={() =>
            act(() => client.call('spool.deliver', { tunnel }), t('relay.held.delivering'))
          }
        >
          {t('relay.held.deliver')}
        </Button>
      </span>
      <ConfirmDialog
        title={t('relay.held.forgetTitle', { count })}
        confirm={t('relay.held.forgetConfirm')}
        isOpen={forgetting}
        onClose={() => setForgetting(false)}
        onConfirm={async () => {
          await client.call('spool.forget', { tunnel });
        }}
      >
        <p>{t('relay.held.forgetText')}</p>
      </ConfirmDialog>
    </div>
  );
}
