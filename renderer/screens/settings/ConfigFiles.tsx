import type { ReactElement } from 'react';
import { configProblem, type ConfigFileView } from '../../../common/domain/config-file.ts';
import type { Translate } from '../../../common/i18n/translate.ts';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import {
  errorWords,
  RelativeTime,
  Section,
  SettingRow,
  StatusShape,
  Surface,
} from '../../components/index.ts';

/** The files that this program reads: what of them is in force, and what is not and why. */
export function ConfigFiles(): ReactElement | null {
  const t = useTranslate();
  const files = useSnapshot(({ settings }) => settings.files ?? []);
  if (files.length === 0) return null;
  return (
    <Section title={t('settings.files')}>
      <Surface>
        {files.map((file) => (
          <SettingRow key={file.path} label={file.path} note={noteOf(file, t)}>
            <StatusShape tone={toneOf(file)} />
            <span>
              {t('settings.files.read')} <RelativeTime at={file.readAt} />
            </span>
          </SettingRow>
        ))}
      </Surface>
    </Section>
  );
}

function toneOf({ error, restart }: ConfigFileView): 'ok' | 'warn' | 'bad' {
  if (error !== null) return 'bad';
  return restart.length > 0 ? 'warn' : 'ok';
}

function noteOf({ path, error, restart }: ConfigFileView, t: Translate): string | undefined {
  const parts: string[] = [];
  if (error !== null) {
    const { reason, words } = configProblem({ file: path, ...error.params });
    const what =
      error.code === 'CONFIG_INVALID'
        ? t(`config.problem.${reason}`, words)
        : errorWords(error, t).what;
    parts.push(t('settings.files.refused'), what);
  }
  if (restart.length > 0) parts.push(t('settings.files.restart', { keys: restart.join(', ') }));
  return parts.length === 0 ? undefined : parts.join(' ');
}
