import { useMemo, type ReactElement } from 'react';
import { useCan, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import type { BotView } from '../../../common/domain/bot.ts';
import {
  Button,
  Chip,
  CopyButton,
  ListPage,
  NameCell,
  StatusShape,
  Table,
  type TableColumn,
} from '../../components/index.ts';
import type { Translate } from '../../../common/i18n/translate.ts';
import frame from '../../components/Editor.module.css';
import { callbackAddress } from './address.ts';
import { readiness, readinessTone, readinessWords } from './readiness.ts';
import styles from './bots.module.css';

/** Every bot with its callback address and what it may lack. */
export function BotList(): ReactElement {
  const t = useTranslate();
  const mayManage = useCan('manage');
  const bots = useSnapshot((snapshot) => snapshot.bots);
  const publicUrl = useSnapshot((snapshot) => snapshot.tunnel.publicUrls[0] ?? null);
  const columns = useMemo(() => columnsOf(t, publicUrl), [t, publicUrl]);
  const add = (kind: string): void => navigate('bots', null, { add: kind });
  return (
    <ListPage
      title={t('nav.bots')}
      summary={t('bots.summary')}
      add={mayManage ? { label: t('bots.add'), onPress: () => add('app') } : null}
      isEmpty={bots.length === 0}
      empty={{
        title: t('bots.empty.title'),
        text: t('bots.empty.text'),
        action: (
          <>
            <Button variant="primary" onPress={() => add('app')}>
              {t('bots.empty.app')}
            </Button>
            <Button onPress={() => add('robot')}>{t('bots.empty.robot')}</Button>
          </>
        ),
      }}
    >
      <Table
        label={t('nav.bots')}
        columns={columns}
        rows={bots}
        onOpen={(bot) => navigate('bots', bot.id)}
      />
    </ListPage>
  );
}

/** Cells read their services by themselves: each message changes those, and must not draw every row anew. */
function columnsOf(t: Translate, publicUrl: string | null): readonly TableColumn<BotView>[] {
  return [
    {
      id: 'name',
      label: t('bots.name'),
      isRowHeader: true,
      cell: (bot) => (
        <NameCell
          name={bot.name === '' ? bot.id : bot.name}
          {...(bot.name !== '' && { id: bot.id })}
          lockedBy={bot.lockedBy}
        >
          {bot.isDefault && <Chip>{t('bots.isDefault')}</Chip>}
        </NameCell>
      ),
    },
    { id: 'kind', label: t('bots.kind'), cell: (bot) => t(`bots.kind.${bot.kind}`) },
    { id: 'state', label: t('bots.state'), cell: (bot) => <State bot={bot} /> },
    {
      id: 'target',
      label: t('bots.target'),
      cell: (bot) =>
        bot.target === null ? <span className={frame.quiet}>–</span> : <Target id={bot.target} />,
    },
    {
      id: 'callback',
      label: t('bots.callback'),
      cell: (bot) => {
        if (bot.callbackPath === null) {
          return <span className={frame.quiet}>{t('bots.sendsOnly')}</span>;
        }
        // The path is what tells one from another; the public address before it is in the strip above.
        const address = callbackAddress(publicUrl, bot.callbackPath) ?? bot.callbackPath;
        return (
          <CopyButton value={address} label={t('bots.copyCallback')} text={bot.callbackPath} />
        );
      },
    },
  ];
}

function State({ bot }: { bot: BotView }): ReactElement {
  const t = useTranslate();
  const words = useSnapshot(({ targets }) => readinessWords(readiness(bot, targets)));
  const tone = useSnapshot(({ targets }) => readinessTone(readiness(bot, targets)));
  return (
    <span className={styles.state}>
      <StatusShape tone={tone} size={10} />
      {t(words)}
    </span>
  );
}

function Target({ id }: { id: string }): ReactElement {
  const url = useSnapshot(({ targets }) => targets.find((target) => target.id === id)?.url);
  return <span {...(url !== undefined && { title: url })}>{id}</span>;
}
