import { useState, type ReactElement } from 'react';
import { useSnapshot } from '../app/console.tsx';
import { useTranslate } from '../app/locale.tsx';
import { Tabs } from '../components/index.ts';
import { AuthFileForm } from './AuthFileForm.tsx';
import { TokenForm } from './TokenForm.tsx';
import { WaitingFile } from './WaitingFile.tsx';

export interface JoinProps {
  /** A token was taken; an auth file ends with its relay in the snapshot. */
  readonly onJoined?: () => void;
}

/** The two ways into a relay: a token that its administrator made, or an auth file that they approve. */
export function Join({ onJoined }: JoinProps): ReactElement {
  const t = useTranslate();
  const request = useSnapshot((snapshot) => snapshot.tunnel.request ?? null);
  const [way, setWay] = useState<'token' | 'file'>(request === null ? 'token' : 'file');
  return (
    <Tabs
      label={t('enrol.way')}
      tabs={[
        { id: 'token', label: t('enrol.way.token'), content: <TokenForm onJoined={onJoined} /> },
        {
          id: 'file',
          label: t('enrol.way.file'),
          content: request === null ? <AuthFileForm /> : <WaitingFile request={request} />,
        },
      ]}
      selected={way}
      onSelect={setWay}
    />
  );
}
