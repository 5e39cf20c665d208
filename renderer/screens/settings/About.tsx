import type { ReactElement } from 'react';
import { useCan, useClient, useConsoleState } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { Button, CopyValue, Section, Surface, useToasts } from '../../components/index.ts';
import { Row } from './Row.tsx';
import styles from './settings.module.css';

/** Version and where everything is stored. */
export function About(): ReactElement | null {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const isDesktop = useCan('desktop');
  const info = useConsoleState((state) => state.info);
  if (info === null) return null;
  const reveal = async (): Promise<void> => {
    try {
      await client.call('shell.revealData');
    } catch (error) {
      toasts.failed(error);
    }
  };
  return (
    <Section title={t('settings.about')}>
      <Surface>
        <Row label={t('settings.version')} lockedBy={null}>
          <span className={styles.value}>{info.version}</span>
        </Row>
        <Row label={t('settings.dataDir')} note={t('settings.dataDirNote')} lockedBy={null}>
          <CopyValue value={info.dataDir} label={t('settings.copyDataDir')} />
          {isDesktop && (
            <Button size="small" onPress={() => void reveal()}>
              {t('settings.reveal')}
            </Button>
          )}
        </Row>
      </Surface>
    </Section>
  );
}
