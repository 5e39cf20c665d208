import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { relayName, relayRole, relayTone } from '../../app/relay-role.ts';
import { PageLink, StatusShape } from '../../components/index.ts';
import styles from './overview.module.css';

/** Under the picture: the relay that is in use, and whether another stands by. */
export function RelayLine(): ReactElement | null {
  const t = useTranslate();
  const links = useSnapshot((snapshot) => snapshot.tunnel.links ?? []);
  if (links.length === 0) return null;
  return (
    <div className={styles.relays}>
      <ul aria-label={t('tunnel.relays')}>
        {links.map((link) => (
          <li key={link.endpoint}>
            <StatusShape tone={relayTone(link)} size={10} />
            <span className={styles.role}>{t(`tunnel.role.${relayRole(link)}`)}</span>
            {relayName(link)}
          </li>
        ))}
        {links.length === 1 && <li className={styles.role}>{t('overview.noStandby')}</li>}
      </ul>
      <PageLink screen="tunnel">{t('overview.relays')}</PageLink>
    </div>
  );
}
