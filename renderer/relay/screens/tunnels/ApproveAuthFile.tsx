import { useState, type ReactElement } from 'react';
import type { AuthRequestView } from '../../../../common/domain/relay/views.ts';
import { formatAbsolute } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import { Button, Dialog, ErrorText, Fact, Facts, Select } from '../../../components/index.ts';
import { useClient, useSnapshot } from '../../console.tsx';
import shared from '../../relay.module.css';
import { useChange } from '../../useChange.ts';

/** Shows what an auth file says of its device, and lets it into a tunnel. */
export function ApproveAuthFile(props: {
  request: AuthRequestView | null;
  onClose: () => void;
}): ReactElement {
  const { request } = props;
  const t = useTranslate();
  const locale = useLocale();
  const client = useClient();
  const change = useChange();
  const tunnels = useSnapshot((snapshot) => snapshot.tunnels);
  const [chosen, setChosen] = useState<string | null>(null);
  const tunnel = chosen ?? (tunnels.length === 1 ? (tunnels[0]?.name ?? null) : null);
  const close = (): void => {
    setChosen(null);
    change.clear();
    props.onClose();
  };
  const approve = async (): Promise<void> => {
    if (request === null || tunnel === null) return;
    const { fingerprint } = request;
    if (await change.run(() => client.call('authFiles.approve', { fingerprint, tunnel }))) close();
  };
  return (
    <Dialog
      title={t('relay.approve.title', { device: request?.device.hostname ?? '' })}
      isOpen={request !== null}
      onClose={close}
      actions={
        <>
          <Button onPress={close}>{t('common.cancel')}</Button>
          <Button
            variant="primary"
            isDisabled={tunnel === null}
            isPending={change.busy}
            onPress={() => void approve()}
          >
            {t('relay.auth.approve')}
          </Button>
        </>
      }
    >
      <p>{t('relay.approve.text')}</p>
      {request !== null && (
        <Facts>
          <Fact label={t('relay.auth.device')}>{request.device.hostname}</Fact>
          <Fact label={t('relay.auth.system')}>
            {request.device.platform} · {request.device.version}
          </Fact>
          <Fact label={t('relay.auth.written')}>{formatAbsolute(request.createdAt, locale)}</Fact>
          <Fact label={t('relay.auth.fingerprint')}>
            <span className={shared.mono}>{request.fingerprint}</span>
          </Fact>
        </Facts>
      )}
      <Select
        label={t('relay.approve.tunnel')}
        options={tunnels.map(({ name }) => ({ value: name, label: name }))}
        value={tunnel}
        onChange={setChosen}
        placeholder={t('relay.approve.choose')}
        {...(tunnels.length === 0 ? { hint: t('relay.approve.noTunnel') } : {})}
      />
      {change.error !== null && <ErrorText error={change.error} />}
    </Dialog>
  );
}
