import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate, useRoute } from '../../app/router.ts';
import type { Snapshot } from '../../../common/domain/snapshot.ts';
import { Button, EmptyState, Page, PageHeader, Select, Surface } from '../../components/index.ts';
import { Composer } from './Composer.tsx';
import styles from './send.module.css';

const sendersOf = (snapshot: Snapshot): Snapshot['bots'] => [
  // A robot needs no recipients, so it is what one tries first.
  ...snapshot.bots.filter((bot) => bot.kind === 'robot'),
  ...snapshot.bots.filter(isSendingApp),
  ...snapshot.bots.filter(isSendingSealed),
];

/** An app receives without these; to send it needs all three. */
function isSendingApp(bot: Snapshot['bots'][number]): boolean {
  const { kind, corpId, corpSecret, agentId } = bot;
  return kind === 'app' && corpId !== null && corpSecret.set && agentId !== null;
}

/** A private relay may only post callbacks; to send there its address and the envelope's key are needed. */
function isSendingSealed({ kind, webhook, encodingAesKey }: Snapshot['bots'][number]): boolean {
  return kind === 'sealed' && webhook.set && encodingAesKey.set;
}

/** Sends a message through a group robot, or to members as a self-built app: `#/send/<bot>`. */
export default function SendScreen(): ReactElement {
  const t = useTranslate();
  const senders = useSnapshot(sendersOf);
  const { param } = useRoute();
  const bot = senders.find(({ id }) => id === param) ?? senders[0];
  return (
    <Page>
      <PageHeader
        title={t('nav.send')}
        summary={t('send.summary')}
        {...(bot !== undefined && {
          actions: (
            <div className={styles.bot}>
              <Select
                label={t('send.bot')}
                hideLabel
                options={senders.map(({ id, name }) => ({
                  value: id,
                  label: name === '' ? id : name,
                }))}
                value={bot.id}
                onChange={(id) => navigate('send', id, {}, 'replace')}
              />
            </div>
          ),
        })}
      />
      {bot === undefined ? (
        <Surface>
          <EmptyState
            title={t('send.empty.title')}
            text={t('send.empty.text')}
            action={
              <Button variant="primary" onPress={() => navigate('bots', null, { add: 'robot' })}>
                {t('send.empty.action')}
              </Button>
            }
          />
        </Surface>
      ) : (
        <Composer key={bot.id} bot={bot} />
      )}
    </Page>
  );
}
