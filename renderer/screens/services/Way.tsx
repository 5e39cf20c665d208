import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { CopyValue, EditorAside } from '../../components/index.ts';
import frame from '../../components/Editor.module.css';
import { publicAddress, targetAddress } from './address.ts';
import { serviceOf, type ServiceForm } from './form.ts';
import styles from './services.module.css';

/** What a request becomes on its way, as the form stands now. */
export function Way({ form }: { form: ServiceForm }): ReactElement {
  const t = useTranslate();
  const publicUrls = useSnapshot((snapshot) => snapshot.tunnel.publicUrls);
  const targets = useSnapshot((snapshot) => snapshot.targets);
  const service = serviceOf(form);
  const address = publicAddress(service, publicUrls);
  const below = '/orders?page=2';
  const shown = (address ?? service.path).replace(/\/+$/, '');
  const known = service.targets.flatMap(({ id }) => targets.find((each) => each.id === id) ?? []);
  return (
    <EditorAside title={t('services.way')}>
      {address !== null && (
        <CopyValue value={address} label={t('services.copy')} keep={{ head: 14, tail: 18 }} />
      )}
      <ul className={styles.ways}>
        <li className={styles.way}>
          <span className={frame.small}>{t('services.way.asked')}</span>
          <span className={styles.from}>{`${shown}${below}`}</span>
        </li>
        <li className={styles.way}>
          <span className={frame.small}>{t('services.way.becomes')}</span>
          {known.length === 0 ? (
            <span className={frame.small}>{t('services.way.nobody')}</span>
          ) : (
            known.map(({ id, url }) => (
              <span key={id} className={styles.to}>
                {targetAddress(service, url, below)}
              </span>
            ))
          )}
        </li>
      </ul>
      <p className={frame.small}>{t('services.way.relay')}</p>
    </EditorAside>
  );
}
