import type { ReactElement } from 'react';
import { KeysDialog } from '../components/KeysDialog.tsx';
import { goKeys } from './keys.ts';
import { useTranslate } from './locale.tsx';
import { screens } from './screens.ts';

/** Every key of the operator's console. */
export function HelpDialog(props: { isOpen: boolean; onClose: () => void }): ReactElement {
  const t = useTranslate();
  const known = Object.entries(goKeys).filter(([, screen]) => screens.has(screen));
  return (
    <KeysDialog {...props} screens={known.map(([key, screen]) => [key, t(`nav.${screen}`)])} />
  );
}
