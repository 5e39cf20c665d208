import type { ReactElement } from 'react';
import { useCan, useClient, useConsoleState } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import {
  Button,
  CopyValue,
  Section,
  SettingRow,
  Surface,
  useToasts,
} from '../../components/index.ts';

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
        <SettingRow label={t('settings.version')}>{info.version}</SettingRow>
        <SettingRow label={t('settings.dataDir')} note={t('settings.dataDirNote')}>
          <CopyValue value={info.dataDir} label={t('settings.copyDataDir')} />
          {isDesktop && (
            <Button size="small" onPress={() => void reveal()}>
              {t('settings.reveal')}
            </Button>
          )}
        </SettingRow>
      </Surface>
    </Section>
  );
}
