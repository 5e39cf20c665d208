import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { Button, CopyValue, Fact, Facts } from '../../components/index.ts';
import { callbackUrls } from './steps.ts';
import styles from './enrol.module.css';

/** The end of the way: what to enter in WeCom. */
export function Finish(): ReactElement {
  const t = useTranslate();
  const snapshot = useSnapshot((whole) => whole);
  const urls = callbackUrls(snapshot);
  const fixedIp = snapshot.tunnel.relay?.fixedIp ?? null;
  const hasBots = snapshot.bots.length > 0;
  return (
    <section className={styles.finish} aria-label={t('enrol.finish.title')}>
      <h2>{t('enrol.finish.title')}</h2>
      <p className={styles.muted}>{t(hasBots ? 'enrol.finish.text' : 'enrol.finish.noBot')}</p>
      <Facts columns="one">
        {urls.map(({ bot, url }) => (
          <Fact
            key={url}
            label={bot === null ? t('enrol.finish.url') : t('enrol.finish.urlOf', { bot })}
          >
            <CopyValue value={url} label={t('enrol.finish.copyUrl')} />
          </Fact>
        ))}
        {fixedIp !== null && (
          <Fact label={t('overview.fact.fixedIp')}>
            <CopyValue value={fixedIp} label={t('enrol.finish.copyIp')} />
          </Fact>
        )}
      </Facts>
      <div className={styles.actions}>
        <Button variant="primary" onPress={() => navigate('overview')}>
          {t('enrol.finish.overview')}
        </Button>
        <Button onPress={() => navigate('bots')}>{t('overview.do.bots')}</Button>
      </div>
    </section>
  );
}
