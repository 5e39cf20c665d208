import type { ReactElement } from 'react';
import { useTranslate } from '../app/locale.tsx';
import { KeysDialog } from '../components/KeysDialog.tsx';
import { goKeys } from './keys.ts';

/** Every key of the relay's console. */
export function HelpDialog(props: { isOpen: boolean; onClose: () => void }): ReactElement {
  const t = useTranslate();
  const screens = Object.entries(goKeys);
  return (
    <KeysDialog
      {...props}
      screens={screens.map(([key, screen]) => [key, t(`relay.nav.${screen}`)])}
    />
  );
}
