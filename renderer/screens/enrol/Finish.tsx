import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { Button, CopyValue } from '../../components/index.ts';
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
      <dl className={styles.contents}>
        {urls.map(({ bot, url }) => (
          <div key={url}>
            <dt>{bot === null ? t('enrol.finish.url') : t('enrol.finish.urlOf', { bot })}</dt>
            <dd>
              <CopyValue value={url} label={t('enrol.finish.copyUrl')} />
            </dd>
          </div>
        ))}
        {fixedIp !== null && (
          <div>
            <dt>{t('overview.fact.fixedIp')}</dt>
            <dd>
              <CopyValue value={fixedIp} label={t('enrol.finish.copyIp')} />
            </dd>
          </div>
        )}
      </dl>
      <div className={styles.actions}>
        <Button variant="primary" onPress={() => navigate('overview')}>
          {t('enrol.finish.overview')}
        </Button>
        <Button onPress={() => navigate('bots')}>{t('overview.do.bots')}</Button>
      </div>
    </section>
  );
}
