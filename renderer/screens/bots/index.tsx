import { useState, type ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate, useRoute } from '../../app/router.ts';
import { BotKind } from '../../../common/domain/bot.ts';
import { GonePage, Page } from '../../components/index.ts';
import { BotList } from './BotList.tsx';
import { BotEditor } from './BotEditor.tsx';

/** Bots: `#/bots` lists them, `#/bots/<id>` opens one, `#/bots?add=<kind>` makes a new one. */
export default function BotsScreen(): ReactElement {
  const { param, query } = useRoute();
  const add = query['add'];
  // A new bot that was just saved goes on in the same form, under the address that it has now.
  const [carried, setCarried] = useState<{ id: string; key: string } | null>(null);
  if (param === null && add === undefined) {
    return (
      <Page>
        <BotList />
      </Page>
    );
  }
  const kind = BotKind.safeParse(add).data ?? 'app';
  const own = param ?? `?${kind}`;
  const key = carried !== null && carried.id === param ? carried.key : own;
  return (
    <Page>
      <OpenBot
        key={key}
        id={param}
        kind={kind}
        onSaved={(id) => {
          setCarried({ id, key });
          navigate('bots', id, {}, 'rename');
        }}
      />
    </Page>
  );
}

interface OpenBotProps {
  readonly id: string | null;
  readonly kind: BotKind;
  readonly onSaved: (id: string) => void;
}

function OpenBot({ id, kind, onSaved }: OpenBotProps): ReactElement {
  const t = useTranslate();
  const stored = useSnapshot((snapshot) => snapshot.bots.find((bot) => bot.id === id) ?? null);
  // Between the answer to saving and the change of state the new bot is not in the list yet.
  const [isNew] = useState(id === null);
  if (id !== null && stored === null && !isNew) {
    return (
      <GonePage
        title={t('nav.bots')}
        question={t('bots.gone.title')}
        text={t('bots.gone.text', { id })}
        screen="bots"
        back={t('bots.back')}
      />
    );
  }
  return <BotEditor stored={stored} kind={kind} onSaved={onSaved} />;
}
