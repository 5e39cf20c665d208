import type { Settings, SettingsPatch } from '../../../common/domain/settings.ts';
import { useCan, useClient, useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { useToasts } from '../../components/index.ts';

export interface SettingsAccess {
  readonly values: Settings;
  /** Where a setting is fixed, or null when it may be changed here. */
  lockedBy(key: keyof Settings): string | null;
  readonly canManage: boolean;
  /** Changes one setting at once and offers to take it back. */
  set<K extends keyof Settings>(key: K, value: Settings[K]): void;
}

export function useSettings(): SettingsAccess {
  const t = useTranslate();
  const client = useClient();
  const toasts = useToasts();
  const canManage = useCan('manage');
  const { values, locked } = useSnapshot((snapshot) => snapshot.settings);

  const send = async (patch: SettingsPatch): Promise<boolean> => {
    try {
      await client.call('settings.update', patch);
      return true;
    } catch (error) {
      toasts.failed(error);
      return false;
    }
  };
  const takeBack = async (before: SettingsPatch): Promise<void> => {
    if (await send(before)) toasts.done(t('settings.undone'));
  };
  const change = async (patch: SettingsPatch, before: SettingsPatch): Promise<void> => {
    if (await send(patch)) toasts.done(t('settings.saved'), () => void takeBack(before));
  };

  return {
    values,
    canManage,
    lockedBy: (key) => locked[key] ?? null,
    set: (key, value) => {
      if (values[key] !== value) void change({ [key]: value }, { [key]: values[key] });
    },
  };
}
