import { useState, type ReactElement } from 'react';
import { useClient } from '../../app/console.tsx';
import { formatCount } from '../../app/format.ts';
import { generateEncodingAesKey, generateToken } from '../../app/generate.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import type { BotView } from '../../../common/domain/bot.ts';
import {
  Button,
  ConfirmDialog,
  CopyValue,
  RelativeTime,
  StatusShape,
  useToasts,
} from '../../components/index.ts';
import { RefreshIcon } from '../../icons/index.tsx';
import frame from '../../components/Editor.module.css';
import styles from './bots.module.css';

/** Whether a bot's callbacks are under a token and an AES key, so that both can be changed without losing one. */
export function hasKeyPair(bot: BotView): boolean {
  return (bot.kind === 'app' || bot.kind === 'aibot') && bot.token.set && bot.encodingAesKey.set;
}

interface RotationProps {
  readonly bot: BotView;
  readonly isDisabled: boolean;
}

/** Changes a bot's keys: new ones beside the old, both accepted, until nothing comes under the old ones any more. */
export function Rotation({ bot, isDisabled }: RotationProps): ReactElement {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  // Shown while the page is open, so that they can be entered in WeCom; they are never shown again.
  const [fresh, setFresh] = useState<{ token: string; encodingAesKey: string } | null>(null);
  const [isAsking, setAsking] = useState<'rotate' | 'retire' | null>(null);
  const isRotating = bot.previousToken.set || bot.previousEncodingAesKey.set;
  const rotate = async (): Promise<void> => {
    const next = { token: generateToken(), encodingAesKey: generateEncodingAesKey() };
    await client.call('bots.rotate', { id: bot.id, ...next });
    setFresh(next);
  };
  const retire = async (): Promise<void> => {
    await client.call('bots.retire', { id: bot.id });
    setFresh(null);
    toasts.done(t('bots.keys.retired'));
  };
  return (
    <fieldset className={frame.group}>
      <legend className={frame.legend}>{t('bots.keys')}</legend>
      <div className={styles.pairs}>
        <Pair bot={bot} which="current" />
        {isRotating && <Pair bot={bot} which="previous" />}
      </div>
      {fresh !== null && (
        <div className={styles.fresh}>
          <p>{t('bots.keys.enter')}</p>
          <dl className={styles.freshKeys}>
            <dt>Token</dt>
            <dd>
              <CopyValue value={fresh.token} label={t('common.copyWhat', { what: 'Token' })} />
            </dd>
            <dt>EncodingAESKey</dt>
            <dd>
              <CopyValue
                value={fresh.encodingAesKey}
                label={t('common.copyWhat', { what: 'EncodingAESKey' })}
                keep={{ head: 12, tail: 6 }}
              />
            </dd>
          </dl>
        </div>
      )}
      {!isDisabled && (
        <div className={styles.keysActs}>
          {isRotating ? (
            <Button size="small" onPress={() => setAsking('retire')}>
              {t('bots.keys.retire')}
            </Button>
          ) : (
            <Button size="small" onPress={() => setAsking('rotate')}>
              <RefreshIcon size={14} />
              {t('bots.keys.rotate')}
            </Button>
          )}
          <span className={frame.hintBelow}>
            {t(isRotating ? 'bots.keys.rotating' : 'bots.keys.hint')}
          </span>
        </div>
      )}
      <ConfirmDialog
        title={t('bots.keys.rotate.question')}
        confirm={t('bots.keys.rotate.confirm')}
        isOpen={isAsking === 'rotate'}
        onClose={() => setAsking(null)}
        onConfirm={rotate}
      >
        <p>{t('bots.keys.rotate.text')}</p>
      </ConfirmDialog>
      <ConfirmDialog
        title={t('bots.keys.retire.question')}
        confirm={t('bots.keys.retire.confirm')}
        isOpen={isAsking === 'retire'}
        onClose={() => setAsking(null)}
        onConfirm={retire}
      >
        <p>
          {bot.pairHits.current.count === 0
            ? t('bots.keys.retire.early')
            : t('bots.keys.retire.text')}
        </p>
      </ConfirmDialog>
    </fieldset>
  );
}

function Pair({ bot, which }: { bot: BotView; which: 'current' | 'previous' }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const { count, lastAt } = bot.pairHits[which];
  const token = which === 'current' ? bot.token : bot.previousToken;
  return (
    <p className={styles.pairRow}>
      <StatusShape tone={count > 0 ? 'ok' : 'idle'} size={10} />
      <span className={styles.pairName}>{t(`bots.keys.${which}`)}</span>
      <span className={styles.id}>{token.set ? token.hint : '–'}</span>
      <span className={styles.pairHits}>
        {t('bots.keys.hits', { count, shown: formatCount(count, locale) })}
        {lastAt !== null && (
          <>
            {' · '}
            <RelativeTime at={lastAt} />
          </>
        )}
      </span>
    </p>
  );
}
