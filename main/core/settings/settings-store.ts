import type { Database } from 'better-sqlite3';
import {
  defaultSettings,
  Settings,
  SettingsPatch,
  type Settings as SettingsValues,
} from '../../../common/domain/settings.ts';

/** What an operator has set; what was never set has its default. */
export interface SettingsStore {
  read(): SettingsValues;
  update(patch: SettingsPatch): void;
}

type Key = keyof SettingsValues;

/** Each key is a row of JSON, checked as it is read: a value that no longer fits the schema falls back to its default. */
export function createSettingsStore(database: Database): SettingsStore {
  const all = database.prepare<[], { key: string; json: string }>('SELECT key, json FROM settings');
  const put = database.prepare(
    'INSERT INTO settings (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json',
  );
  const putAll = database.transaction((patch: SettingsPatch) => {
    for (const [key, value] of Object.entries(patch)) {
      if (value !== undefined) put.run(key, JSON.stringify(value));
    }
  });
  return {
    read() {
      const stored: Partial<Record<Key, unknown>> = {};
      for (const { key, json } of all.all()) {
        if (!Object.hasOwn(Settings.shape, key)) continue;
        const value = Settings.shape[key as Key].safeParse(parseJson(json));
        if (value.success) stored[key as Key] = value.data;
      }
      return Settings.parse({ ...defaultSettings, ...stored });
    },
    update: (patch) => putAll(SettingsPatch.parse(patch)),
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
