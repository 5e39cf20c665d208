import type { ReactElement } from 'react';
import frame from '../app/Frame.module.css';
import { useTranslate } from '../app/locale.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { KeyHint } from '../components/Layout.tsx';
import { goKeys } from './keys.ts';

/** Every key there is. */
export function HelpDialog(props: { isOpen: boolean; onClose: () => void }): ReactElement {
  const t = useTranslate();
  const rows: readonly (readonly [readonly string[], string])[] = [
    ...Object.entries(goKeys).map(
      ([key, screen]) => [['g', key], t(`relay.nav.${screen}`)] as const,
    ),
    [['/'], t('app.help.search')],
    [['↑', '↓'], t('app.help.move')],
    [['Enter'], t('app.help.enter')],
    [['Esc'], t('app.help.escape')],
    [['F6'], t('app.help.landmarks')],
    [['?'], t('app.help.help')],
  ];
  return (
    <Dialog title={t('app.help.title')} isOpen={props.isOpen} onClose={props.onClose}>
      <dl className={frame.keys}>
        {rows.map(([keys, words]) => (
          <div key={words} className={frame.keyRow}>
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
