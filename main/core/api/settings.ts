import { AppError } from '../../../common/errors/app-error.ts';
import type { Settings, SettingsPatch } from '../../../common/domain/settings.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import type { HostPorts } from '../types.ts';
import type { Handlers } from './dispatcher.ts';
import type { Exclusive } from './exclusive.ts';

export interface SettingsHandlerOptions {
  readonly store: SettingsStore;
  /** Key → what fixes it. */
  readonly locked: () => Readonly<Record<string, string>>;
  readonly setLoginItem: HostPorts['setLoginItem'];
  readonly exclusive: Exclusive;
  /** Puts the settings in force. */
  readonly applied: (settings: Settings) => void;
  readonly log: Logger;
}

export function settingsHandlers(
  options: SettingsHandlerOptions,
): Pick<Handlers, 'settings.update'> {
  const { store, locked, setLoginItem, exclusive, applied, log } = options;

  const update = async (patch: SettingsPatch): Promise<void> => {
    const keys = Object.keys(patch);
    const fixed = locked();
    for (const key of keys) {
      const source = Object.hasOwn(fixed, key) ? fixed[key] : undefined;
      if (source !== undefined) throw new AppError('SETTINGS_LOCKED', { key, source });
    }
    const before = store.read();
    if (patch.startAtLogin !== undefined && patch.startAtLogin !== before.startAtLogin) {
      if (setLoginItem === undefined) throw new AppError('FORBIDDEN', { field: 'startAtLogin' });
      await setLoginItem(patch.startAtLogin);
    }
    store.update(patch);
    log.info({ keys: keys.join(', ') }, 'settings changed');
    applied(store.read());
  };
  return { 'settings.update': (patch) => exclusive(() => update(patch)) };
}
