import type { ReactElement } from 'react';
import type { Settings } from '../../../common/domain/settings.ts';
import { useCan } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { Page, PageHeader, Section, SettingRow, Surface } from '../../components/index.ts';
import { About } from './About.tsx';
import { ConfigFiles } from './ConfigFiles.tsx';
import { controls } from './controls.tsx';
import { Forget } from './Forget.tsx';
import { desktopOnly, sections } from './sections.ts';
import { useSettings, type SettingsAccess } from './useSettings.ts';

/** What an operator may set; each change is in force at once and can be taken back. */
export default function SettingsScreen(): ReactElement {
  const t = useTranslate();
  const settings = useSettings();
  const isDesktop = useCan('desktop');
  return (
    <Page>
      <PageHeader
        title={t('nav.settings')}
        summary={t(settings.canManage ? 'settings.summary' : 'settings.readOnly')}
      />
      {sections.map(({ title, keys }) => (
        <Section key={title} title={t(title)}>
          <Surface>
            {keys.map((key) =>
              desktopOnly.has(key) && !isDesktop ? null : (
                <Setting key={key} name={key} settings={settings} />
              ),
            )}
          </Surface>
        </Section>
      ))}
      <ConfigFiles />
      <Forget />
      <About />
    </Page>
  );
}

function Setting(props: { name: keyof Settings; settings: SettingsAccess }): ReactElement {
  const { name, settings } = props;
  const t = useTranslate();
  const { label, note, Field } = controls[name];
  const lockedBy = settings.lockedBy(name);
  return (
    <SettingRow
      label={t(label)}
      note={note === undefined ? undefined : t(note)}
      lockedBy={lockedBy}
    >
      <Field
        settings={settings}
        label={t(label)}
        isDisabled={lockedBy !== null || !settings.canManage}
      />
    </SettingRow>
  );
}
