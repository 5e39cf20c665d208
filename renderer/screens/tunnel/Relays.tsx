import { useState, type ReactElement } from 'react';
import type { RelayLinkView } from '../../../common/domain/tunnel.ts';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { movedBy } from '../../app/order.ts';
import { useToasts } from '../../components/index.ts';
import { ForgetRelay } from './ForgetRelay.tsx';
import { Relay } from './Relay.tsx';
import styles from './tunnel.module.css';

/** The relays in the order of preference, which the operator sets unless a file does. */
export function Relays({ links }: { links: readonly RelayLinkView[] }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const canManage = useCan('manage');
  const locked = useSnapshot(({ settings }) => settings.locked);
  const [forgetting, setForgetting] = useState<RelayLinkView | null>(null);
  const endpoints = links.map(({ endpoint }) => endpoint);
  const mayMove = canManage && locked['tunnel.relays'] === undefined && links.length > 1;
  const mayForget = canManage && locked['tunnel.identity'] === undefined;

  const put = (order: readonly string[]): Promise<void> =>
    client.call('tunnel.reorderRelays', { endpoints: [...order] });
  const move = (endpoint: string, step: -1 | 1): void => {
    put(movedBy(endpoints, endpoint, step)).then(
      () =>
        toasts.done(t('tunnel.reordered'), () => {
          put(endpoints).catch(toasts.failed);
        }),
      toasts.failed,
    );
  };

  return (
    <>
      <ol className={styles.relays} aria-label={t('tunnel.relays')}>
        {links.map((link, index) => (
          <Relay
            key={link.endpoint}
            link={link}
            place={links.length > 1 ? index + 1 : null}
            onUp={mayMove && index > 0 ? () => move(link.endpoint, -1) : null}
            onDown={mayMove && index < links.length - 1 ? () => move(link.endpoint, 1) : null}
            onForget={mayForget ? () => setForgetting(link) : null}
          />
        ))}
      </ol>
      <ForgetRelay link={forgetting} links={links} onClose={() => setForgetting(null)} />
    </>
  );
}
