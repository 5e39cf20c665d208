import type { ReactElement } from 'react';
import type { RelayLinkView } from '../../../common/domain/tunnel.ts';
import { useClient } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { relayName } from '../../app/relay-role.ts';
import { ConfirmDialog, useToasts } from '../../components/index.ts';

interface ForgetRelayProps {
  /** Null while nothing is asked. */
  readonly link: RelayLinkView | null;
  readonly links: readonly RelayLinkView[];
  readonly onClose: () => void;
}

/** Leaves one relay for good; says what ends with it and what takes over. */
export function ForgetRelay({ link, links, onClose }: ForgetRelayProps): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const relay = link === null ? '' : relayName(link);
  const others = links.filter(({ endpoint }) => endpoint !== link?.endpoint);
  const ready = others.find(({ state }) => state.phase === 'online');
  const forget = async (): Promise<void> => {
    if (link === null) return;
    await client.call('tunnel.forgetRelay', { endpoint: link.endpoint });
    toasts.done(t('tunnel.forgotten', { relay }));
  };
  return (
    <ConfirmDialog
      title={t('tunnel.forget.question', { relay })}
      confirm={t('tunnel.forget.confirm')}
      isOpen={link !== null}
      onClose={onClose}
      onConfirm={forget}
    >
      <p>{t('tunnel.forget.ends', { relay })}</p>
      <p>
        {others.length === 0
          ? t('tunnel.forget.last')
          : ready === undefined
            ? t('tunnel.forget.noneReady')
            : t('tunnel.forget.next', { relay: relayName(ready) })}
      </p>
    </ConfirmDialog>
  );
}
