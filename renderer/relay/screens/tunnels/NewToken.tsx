import { useState, type ReactElement } from 'react';
import { formatAbsolute } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import { Button, CopyButton, Dialog, ErrorText, Segmented } from '../../../components/index.ts';
import { useClient } from '../../console.tsx';
import shared from '../../relay.module.css';
import { useChange } from '../../useChange.ts';
import styles from './tunnels.module.css';

const HOUR = 3_600_000;
const lives = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR } as const;
type Life = keyof typeof lives;
const lifeNames: readonly Life[] = ['hour', 'day', 'week'];

/** Makes an enrolment token and shows it, once. */
export function NewToken(props: {
  tunnel: string;
  isOpen: boolean;
  onClose: () => void;
}): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const client = useClient();
  const change = useChange();
  const [life, setLife] = useState<Life>('day');
  const [made, setMade] = useState<{ token: string; expiresAt: number } | null>(null);
  const close = (): void => {
    setMade(null);
    change.clear();
    props.onClose();
  };
  const make = (): void => {
    const ttlMs = lives[life];
    void change.run(async () => {
      setMade(await client.call('tokens.create', { tunnel: props.tunnel, ttlMs }));
    });
  };
  return (
    <Dialog
      title={t('relay.token.title', { tunnel: props.tunnel })}
      isOpen={props.isOpen}
      onClose={close}
      wide
      actions={
        made === null ? (
          <>
            <Button onPress={close}>{t('common.cancel')}</Button>
            <Button variant="primary" isPending={change.busy} onPress={make}>
              {t('relay.token.make')}
            </Button>
          </>
        ) : (
          <Button variant="primary" onPress={close}>
            {t('relay.token.done')}
          </Button>
        )
      }
    >
      {made === null ? (
        <>
          <p>{t('relay.token.text')}</p>
          <Segmented
            label={t('relay.token.life')}
            options={lifeNames.map((value) => ({ value, label: t(`relay.token.life.${value}`) }))}
            value={life}
            onChange={setLife}
          />
          {change.error !== null && <ErrorText error={change.error} />}
        </>
      ) : (
        <>
          <p>{t('relay.token.once')}</p>
          <div className={styles.token}>
            <code data-token="">{made.token}</code>
            <CopyButton value={made.token} label={t('relay.token.copy')} />
          </div>
          <p>{t('relay.token.use')}</p>
          <p className={shared.small}>
            {t('relay.token.until', { time: formatAbsolute(made.expiresAt, locale) })}
          </p>
        </>
      )}
    </Dialog>
  );
}
