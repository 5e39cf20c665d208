import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import { Chip, Fact } from '../../components/index.ts';
import styles from './certificates.module.css';

/** The names that a certificate holds for; nothing where it says none. */
export function Names({ names }: { names: readonly string[] }): ReactElement | null {
  const t = useTranslate();
  if (names.length === 0) return null;
  return (
    <Fact label={t('certificates.names')} isWide>
      <span className={styles.names}>
        {names.map((name) => (
          <Chip key={name} mono>
            {name}
          </Chip>
        ))}
      </span>
    </Fact>
  );
}
