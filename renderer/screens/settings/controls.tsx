import type { ReactElement } from 'react';
import type { Settings } from '../../../common/domain/settings.ts';
import type { MessageKey } from '../../../common/i18n/bundle.ts';
import { useTranslate } from '../../app/locale.tsx';
import { NumberSetting, Segmented, Select, Switch } from '../../components/index.ts';
import type { SettingsAccess } from './useSettings.ts';

const locales = ['auto', 'zh-CN', 'en'] as const;
const themes = ['auto', 'light', 'dark'] as const;
const levels = ['debug', 'info', 'warn', 'error'] as const;

interface ControlProps {
  readonly settings: SettingsAccess;
  readonly label: string;
  readonly isDisabled: boolean;
}

interface Control {
  readonly label: MessageKey;
  readonly note?: MessageKey;
  readonly Field: (props: ControlProps) => ReactElement;
}

type Numeric = {
  [K in keyof Settings]: Settings[K] extends number ? K : never;
}[keyof Settings];
type Flag = {
  [K in keyof Settings]: Settings[K] extends boolean ? K : never;
}[keyof Settings];

/** One for every setting there is: a setting without a control does not compile. */
export const controls: Readonly<Record<keyof Settings, Control>> = {
  locale: choice(Select, 'locale', locales, (value) => `settings.locale.${value}`),
  theme: choice(Segmented, 'theme', themes, (value) => `settings.theme.${value}`),
  connectOnStart: flag('connectOnStart'),
  startAtLogin: flag('startAtLogin'),
  retentionDays: number('retentionDays', { min: 1, max: 3650, unit: 'settings.days' }),
  storeMaxMb: number('storeMaxMb', { min: 0, max: 100_000_000, unit: 'settings.mebibytes' }),
  redactAfterDays: number('redactAfterDays', { min: 0, max: 3650, unit: 'settings.days' }),
  logLevel: {
    ...choice(Segmented, 'logLevel', levels, (value) => `settings.logLevel.${value}`),
    note: 'settings.logLevelNote',
  },
  managementPort: number('managementPort', { min: 0, max: 65_535 }),
};

/** One of a few values. */
function choice<K extends 'locale' | 'theme' | 'logLevel'>(
  Chooser: typeof Select | typeof Segmented,
  key: K,
  values: readonly Settings[K][],
  words: (value: Settings[K]) => MessageKey,
): Control {
  return {
    label: `settings.${key}`,
    Field({ settings, label, isDisabled }) {
      const t = useTranslate();
      return (
        <Chooser
          label={label}
          hideLabel
          options={values.map((value) => ({ value, label: t(words(value)) }))}
          value={settings.values[key]}
          onChange={(value) => settings.set(key, value)}
          isDisabled={isDisabled}
        />
      );
    },
  };
}

function flag(key: Flag): Control {
  return {
    label: `settings.${key}`,
    note: `settings.${key}Note`,
    Field: ({ settings, label, isDisabled }) => (
      <Switch
        label={label}
        hideLabel
        value={settings.values[key]}
        onChange={(value) => settings.set(key, value)}
        isDisabled={isDisabled}
      />
    ),
  };
}

/** A number whose range stands in its words, `settings.<key>Range`. */
function number(
  key: Numeric,
  { min, max, unit }: { readonly min: number; readonly max: number; readonly unit?: MessageKey },
): Control {
  return {
    label: `settings.${key}`,
    note: `settings.${key}Note`,
    Field({ settings, label, isDisabled }) {
      const t = useTranslate();
      return (
        <NumberSetting
          label={label}
          value={settings.values[key]}
          min={min}
          max={max}
          unit={unit === undefined ? undefined : t(unit)}
          refuse={t(`settings.${key}Range`)}
          isDisabled={isDisabled}
          onCommit={(value) => settings.set(key, value)}
        />
      );
    },
  };
}
