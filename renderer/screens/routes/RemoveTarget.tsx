import { useState, type ReactElement } from 'react';
import { useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import type { TargetView } from '../../../common/domain/bot.ts';
import { Button, ConfirmDialog, useToasts } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import { TrashIcon } from '../../icons/index.tsx';

/** Removes a service for good, its secret and key with it; not while a bot, a route or a published service leads to it. */
export function RemoveTarget({ target }: { target: TargetView }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const [isOpen, setOpen] = useState(false);
  const users = useSnapshot(({ bots, routes, services }) => [
    ...bots.filter((bot) => bot.target === target.id),
    ...routes.filter((route) => route.targets.some(({ id }) => id === target.id)),
    ...services
      .filter((service) => service.targets.some(({ id }) => id === target.id))
      .map(({ id, path }) => ({ id, name: path })),
  ]);
  const { id } = target;
  const remove = async (): Promise<void> => {
    await client.call('targets.remove', { id });
    toasts.done(t('routes.serviceRemoved', { target: id }));
    navigate('routes', null, {}, 'replace');
  };
  const usedBy = users.map((user) => (user.name === '' ? user.id : user.name)).join(', ');
  return (
    <>
      {users.length > 0 && (
        <span id="service-in-use" className={frame.small}>
          {t('routes.inUse', { users: usedBy })}
        </span>
      )}
      <Button
        isDisabled={users.length > 0}
        {...(users.length > 0 && { 'aria-describedby': 'service-in-use' })}
        onPress={() => setOpen(true)}
      >
        <TrashIcon />
        {t('routes.removeService')}
      </Button>
      <ConfirmDialog
        title={t('routes.removeService.question', { target: id })}
        confirm={t('routes.removeService.confirm')}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onConfirm={remove}
      >
        <p>{t(target.websocket ? 'routes.removeService.key' : 'routes.removeService.secret')}</p>
      </ConfirmDialog>
    </>
  );
}
