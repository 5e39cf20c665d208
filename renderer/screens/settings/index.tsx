import type { ReactElement } from 'react';
import type { Settings } from '../../../common/domain/settings.ts';
import { useCan } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import {
  Page,
  PageHeader,
  Section,
  Segmented,
  Select,
  Surface,
  Switch,
} from '../../components/index.ts';
import { About } from './About.tsx';
import { Forget } from './Forget.tsx';
import { NumberSetting } from './NumberSetting.tsx';
import { Row } from './Row.tsx';
import { useSettings, type SettingsAccess } from './useSettings.ts';

const locales = ['auto', 'zh-CN', 'en'] as const;
const themes = ['auto', 'light', 'dark'] as const;
const levels = ['debug', 'info', 'warn', 'error'] as const;

/** What an operator may set; each change is in force at once and can be taken back. */
export default function SettingsScreen(): ReactElement {
  const t = useTranslate();
  const settings = useSettings();
  return (
    <Page>
      <PageHeader
        title={t('nav.settings')}
        summary={t(settings.canManage ? 'settings.summary' : 'settings.readOnly')}
      />
      <Appearance settings={settings} />
      <Start settings={settings} />
      <Operation settings={settings} />
      <Forget />
      <About />
    </Page>
  );
}

type GroupProps = { settings: SettingsAccess };

function fixed(
  settings: SettingsAccess,
  key: keyof Settings,
): { lockedBy: string | null; isDisabled: boolean } {
  const lockedBy = settings.lockedBy(key);
  return { lockedBy, isDisabled: lockedBy !== null || !settings.canManage };
}

function Appearance({ settings }: GroupProps): ReactElement {
  const t = useTranslate();
  const locale = fixed(settings, 'locale');
  const theme = fixed(settings, 'theme');
  return (
    <Section title={t('settings.appearance')}>
      <Surface>
        <Row label={t('settings.locale')} lockedBy={locale.lockedBy}>
          <Select
            label={t('settings.locale')}
            hideLabel
            options={locales.map((value) => ({ value, label: t(`settings.locale.${value}`) }))}
            value={settings.values.locale}
            onChange={(value) => settings.set('locale', value)}
            isDisabled={locale.isDisabled}
          />
        </Row>
        <Row label={t('settings.theme')} lockedBy={theme.lockedBy}>
          <Segmented
            label={t('settings.theme')}
            hideLabel
            options={themes.map((value) => ({ value, label: t(`settings.theme.${value}`) }))}
            value={settings.values.theme}
            onChange={(value) => settings.set('theme', value)}
            isDisabled={theme.isDisabled}
          />
        </Row>
      </Surface>
    </Section>
  );
}

function Start({ settings }: GroupProps): ReactElement {
  const t = useTranslate();
  const isDesktop = useCan('desktop');
  const connect = fixed(settings, 'connectOnStart');
  const login = fixed(settings, 'startAtLogin');
  return (
    <Section title={t('settings.start')}>
      <Surface>
        <Row
          label={t('settings.connectOnStart')}
          note={t('settings.connectOnStartNote')}
          lockedBy={connect.lockedBy}
        >
          <Switch
            label={t('settings.connectOnStart')}
            hideLabel
            value={settings.values.connectOnStart}
            onChange={(value) => settings.set('connectOnStart', value)}
            isDisabled={connect.isDisabled}
          />
        </Row>
        {isDesktop && (
          <Row
            label={t('settings.startAtLogin')}
            note={t('settings.startAtLoginNote')}
            lockedBy={login.lockedBy}
          >
            <Switch
              label={t('settings.startAtLogin')}
              hideLabel
              value={settings.values.startAtLogin}
              onChange={(value) => settings.set('startAtLogin', value)}
              isDisabled={login.isDisabled}
            />
          </Row>
        )}
      </Surface>
    </Section>
  );
}

function Operation({ settings }: GroupProps): ReactElement {
  const t = useTranslate();
  const port = fixed(settings, 'managementPort');
  const level = fixed(settings, 'logLevel');
  const retention = fixed(settings, 'retentionDays');
  return (
    <Section title={t('settings.operation')}>
      <Surface>
        <Row
          label={t('settings.retentionDays')}
          note={t('settings.retentionDaysNote')}
          lockedBy={retention.lockedBy}
        >
          <NumberSetting
            label={t('settings.retentionDays')}
            value={settings.values.retentionDays}
            min={1}
            max={3650}
            unit={t('settings.days')}
            refuse={t('settings.retentionDaysRange')}
            isDisabled={retention.isDisabled}
            onCommit={(value) => settings.set('retentionDays', value)}
          />
        </Row>
        <Row
          label={t('settings.logLevel')}
          note={t('settings.logLevelNote')}
          lockedBy={level.lockedBy}
        >
          <Segmented
            label={t('settings.logLevel')}
            hideLabel
            options={levels.map((value) => ({ value, label: t(`settings.logLevel.${value}`) }))}
            value={settings.values.logLevel}
            onChange={(value) => settings.set('logLevel', value)}
            isDisabled={level.isDisabled}
          />
        </Row>
        <Row
          label={t('settings.managementPort')}
          note={t('settings.managementPortNote')}
          lockedBy={port.lockedBy}
        >
          <NumberSetting
            label={t('settings.managementPort')}
            value={settings.values.managementPort}
            min={0}
            max={65535}
            refuse={t('settings.managementPortRange')}
            isDisabled={port.isDisabled}
            onCommit={(value) => settings.set('managementPort', value)}
          />
        </Row>
      </Surface>
    </Section>
  );
}
