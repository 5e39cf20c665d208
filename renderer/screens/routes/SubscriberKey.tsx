import { useState, type ReactElement } from 'react';
import { useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import type { TargetView } from '../../../common/domain/bot.ts';
import { Button, ConfirmDialog, CopyValue, useToasts } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import styles from './targets.module.css';

/** Where a service subscribes, and the key with which it does: shown this once, then only its holder has it. */
export function SubscriberKey({ target }: { target: TargetView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const gateway = useSnapshot((snapshot) => snapshot.gateway.address);
  const [key, setKey] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const address = gateway === null ? null : `${gateway.replace(/^http/, 'ws')}/api/ws`;
  const make = async (): Promise<void> => {
    const made = await client.call('targets.createKey', { id: target.id });
    setKey(made.key);
  };
  return (
    <div className={styles.key}>
      <dl className={styles.entries}>
        {address !== null && (
          <>
            <dt>{t('routes.key.address')}</dt>
            <dd>
              <CopyValue value={address} label={t('routes.key.copyAddress')} />
            </dd>
          </>
        )}
        {key !== null && (
          <>
            <dt>{t('routes.key')}</dt>
            <dd>
              <CopyValue value={key} label={t('routes.key.copy')} keep={{ head: 10, tail: 6 }} />
            </dd>
          </>
        )}
      </dl>
      <p className={frame.small}>{t(key === null ? 'routes.key.hint' : 'routes.key.once')}</p>
      <div>
        <Button
          onPress={() => {
            // With nobody connected there is nothing to end; a key that is in use is asked about first.
            if (target.subscribers > 0) setAsking(true);
            else make().catch(toasts.failed);
          }}
        >
          {t('routes.key.make')}
        </Button>
      </div>
      <ConfirmDialog
        title={t('routes.key.question', { target: target.id })}
        confirm={t('routes.key.make')}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={make}
      >
        <p>{t('routes.key.ends', { count: target.subscribers })}</p>
      </ConfirmDialog>
    </div>
  );
}
