import type { ReactElement } from 'react';
import type { RelayLinkView } from '../../../common/domain/tunnel.ts';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { relayName } from '../../app/relay-role.ts';
import { RelativeTime } from '../../components/index.ts';
import styles from './tunnel.module.css';

/** When messages last moved from one relay to another. */
export function LastSwitch({ links }: { links: readonly RelayLinkView[] }): ReactElement | null {
  const t = useTranslate();
  const switched = useSnapshot((snapshot) => snapshot.tunnel.switched ?? null);
  if (links.length < 2) return null;
  if (switched === null) return <span className={styles.quiet}>{t('tunnel.switched.never')}</span>;
  // A relay that was forgotten since is known by its address alone.
  const nameOf = (endpoint: string): string =>
    relayName(links.find((link) => link.endpoint === endpoint) ?? { endpoint, name: null });
  return (
    <span className={styles.quiet}>
      {t('tunnel.switched', { from: nameOf(switched.from), to: nameOf(switched.to) })}
      {' · '}
      <RelativeTime at={switched.at} />
    </span>
  );
}
