import { useState, type ReactElement } from 'react';
import { useTranslate } from '../../../app/locale.tsx';
import { Button, Dialog, ErrorText, TextArea, TextField } from '../../../components/index.ts';
import { useClient } from '../../console.tsx';
import { navigate } from '../../router.ts';
import { useChange } from '../../useChange.ts';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Asks for the name and the domains of a new tunnel, and opens it. */
export function CreateTunnel(props: { isOpen: boolean; onClose: () => void }): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const change = useChange();
  const [name, setName] = useState('');
  const [domains, setDomains] = useState('');
  const list = domains.split(/[\s,，;；]+/).filter((domain) => domain !== '');
  const close = (): void => {
    setName('');
    setDomains('');
    change.clear();
    props.onClose();
  };
  const create = async (): Promise<void> => {
    if (await change.run(() => client.call('tunnels.create', { name, domains: list }))) {
      close();
      navigate('tunnels', name);
    }
  };
  return (
    <Dialog
      title={t('relay.create.title')}
      isOpen={props.isOpen}
      onClose={close}
      actions={
        <>
          <Button onPress={close}>{t('common.cancel')}</Button>
          <Button
            variant="primary"
            isDisabled={!NAME.test(name) || list.length === 0}
            isPending={change.busy}
            onPress={() => void create()}
          >
            {t('relay.tunnels.create')}
          </Button>
        </>
      }
    >
      <TextField
        label={t('relay.create.name')}
        hint={t('relay.create.nameHint')}
        value={name}
        onChange={setName}
        check={(value) => (value === '' || NAME.test(value) ? null : t('relay.create.nameWrong'))}
        maxLength={63}
        autoFocus
        mono
      />
      <TextArea
        label={t('relay.create.domains')}
        hint={t('relay.create.domainsHint')}
        placeholder="corp-bot.example.com"
        value={domains}
        onChange={setDomains}
        rows={3}
        maxLength={8192}
        mono
      />
      {change.error !== null && <ErrorText error={change.error} />}
    </Dialog>
  );
}
