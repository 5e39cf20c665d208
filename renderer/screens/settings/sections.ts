import type { Settings } from '../../../common/domain/settings.ts';
import type { MessageKey } from '../../../common/i18n/bundle.ts';

/** The settings in the order of the screen; a test holds them to be all there are. */
export const sections = [
  { title: 'settings.appearance', keys: ['locale', 'theme'] },
  { title: 'settings.start', keys: ['connectOnStart', 'startAtLogin'] },
  { title: 'settings.messages', keys: ['retentionDays', 'storeMaxMb', 'redactAfterDays'] },
  { title: 'settings.operation', keys: ['logLevel', 'managementPort'] },
] as const satisfies readonly {
  readonly title: MessageKey;
  readonly keys: readonly (keyof Settings)[];
}[];

/** Settings that only the desktop program has. */
export const desktopOnly: ReadonlySet<keyof Settings> = new Set(['startAtLogin']);
