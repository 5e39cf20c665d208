import type { ReactElement } from 'react';
import { useSnapshot } from '../../app/console.tsx';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { LockIcon } from '../../icons/index.tsx';
import styles from './tunnel.module.css';

const keys = [
  'identity',
  'relays',
  'protocol',
  'heartbeat',
  'compression',
  'proxy',
  'bind',
  'healthCheck',
] as const;

/** What a `config.yaml` decides of the tunnel, and where it lies: these are set there and nowhere else. */
export function FixedByFile(): ReactElement | null {
  const t = useTranslate();
  const locale = useLocale();
  const locked = useSnapshot(({ settings }) => settings.locked);
  const fixed = keys.filter((key) => locked[`tunnel.${key}`] !== undefined);
  const [first] = fixed;
  if (first === undefined) return null;
  const names = fixed.map((key) => t(`tunnel.fixed.${key}`));
  const what = new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
  return (
    <p className={styles.fixed}>
      <LockIcon size={14} />
      <span className={styles.fixedWords}>
        {t('tunnel.fixed', { source: locked[`tunnel.${first}`] ?? '', what })}
        {fixed.includes('relays') && <span>{t('tunnel.fixed.order')}</span>}
      </span>
    </p>
  );
}
