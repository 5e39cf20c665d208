import { useState, type ReactElement } from 'react';
import { useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import type { BotView } from '../../../common/domain/bot.ts';
import { Button, ConfirmDialog, Switch, useToasts } from '../../components/index.ts';
import { TrashIcon } from '../../icons/index.tsx';
import { callbackAddress } from './address.ts';
import styles from './bots.module.css';

/** Deletes a bot after naming what that ends, and on request the service that nobody else uses then. */
export function DeleteBot({ bot }: { bot: BotView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const bots = useSnapshot((snapshot) => snapshot.bots);
  const publicUrl = useSnapshot((snapshot) => snapshot.tunnel.publicUrls[0] ?? null);
  const days = useSnapshot((snapshot) => snapshot.settings.values.retentionDays);
  const [isOpen, setOpen] = useState(false);
  const [withTarget, setWithTarget] = useState(false);
  const name = bot.name === '' ? bot.id : bot.name;
  const address = callbackAddress(publicUrl, bot.callbackPath) ?? bot.callbackPath;
  const { target } = bot;
  // Where a route or a published service leads to it as well, it stays.
  const shared = useSnapshot(({ routes, services }) =>
    [...routes, ...services].some(({ targets }) => targets.some(({ id }) => id === target)),
  );
  const isSoleUser =
    target !== null &&
    !shared &&
    bots.every((other) => other.id === bot.id || other.target !== target);

  const remove = async (): Promise<void> => {
    await client.call('bots.remove', { id: bot.id });
    // The bot is gone by now, whatever becomes of its service: that is told apart.
    if (withTarget && isSoleUser) {
      await client
        .call('targets.remove', { id: target })
        .catch((error: unknown) => toasts.failed(error));
    }
    toasts.done(t('bots.deleted', { name }));
    navigate('bots', null, {}, 'replace');
  };
  return (
    <>
      <Button onPress={() => setOpen(true)}>
        <TrashIcon />
        {t('bots.delete')}
      </Button>
      <ConfirmDialog
        title={t('bots.delete.question', { name })}
        confirm={t('bots.delete.confirm')}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onConfirm={remove}
      >
        <ul className={styles.ends}>
          <li>
            {address === null ? t('bots.delete.sending') : t('bots.delete.callbacks', { address })}
          </li>
          <li>{t('bots.delete.secrets')}</li>
          <li>{t('bots.delete.messages', { count: days })}</li>
        </ul>
        {isSoleUser && (
          <Switch
            label={t('bots.delete.target', { target })}
            value={withTarget}
            onChange={setWithTarget}
          />
        )}
      </ConfirmDialog>
    </>
  );
}
