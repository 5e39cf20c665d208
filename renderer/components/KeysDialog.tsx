import type { ReactElement } from 'react';
import { useTranslate } from '../app/locale.tsx';
import { Dialog } from './Dialog.tsx';
import styles from './KeysDialog.module.css';
import { KeyHint } from './Layout.tsx';

export interface KeysDialogProps {
  /** The letter after `g` and the name of the screen that it opens. */
  readonly screens: readonly (readonly [key: string, name: string])[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Every key there is. */
export function KeysDialog({ screens, isOpen, onClose }: KeysDialogProps): ReactElement {
  const t = useTranslate();
  const rows: readonly (readonly [readonly string[], string])[] = [
    ...screens.map(([key, name]) => [['g', key], name] as const),
    [['/'], t('app.help.search')],
    [['↑', '↓'], t('app.help.move')],
    [['Enter'], t('app.help.enter')],
    [['Esc'], t('app.help.escape')],
    [['F6'], t('app.help.landmarks')],
    [['?'], t('app.help.help')],
  ];
  return (
    <Dialog title={t('app.help.title')} isOpen={isOpen} onClose={onClose}>
      <dl className={styles.keys}>
        {rows.map(([keys, words]) => (
          <div key={words} className={styles.row}>
            <dt>
              <KeyHint keys={keys} />
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
