import * as z from 'zod';
import { ConfigFileView } from './config-file.ts';

export const Locale = z.enum(['en', 'zh-CN']);
export type Locale = z.infer<typeof Locale>;

/** What an operator may set. Every key has a default; a key that a file or policy fixes is listed as locked. */
export const Settings = z.object({
  /** `auto` follows the system. */
  locale: z.enum(['auto', 'en', 'zh-CN']),
  theme: z.enum(['auto', 'light', 'dark']),
  /** Connect when the program starts. */
  connectOnStart: z.boolean(),
  /** Start with the operator's session (desktop only). */
  startAtLogin: z.boolean(),
  /** Port of the management API on loopback. */
  managementPort: z.int().min(0).max(65535),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  /** Days that messages stay in the inbox. */
  retentionDays: z.int().min(1).max(3650),
  /** Greatest size of the inbox, MiB; the oldest messages go first. 0 sets no limit. */
  storeMaxMb: z.int().min(0).max(100_000_000),
  /** Days after which the text of a message goes and its row stays; 0 keeps it as long as the message. */
  redactAfterDays: z.int().min(0).max(3650),
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings: Settings = {
  locale: 'auto',
  theme: 'auto',
  connectOnStart: true,
  startAtLogin: false,
  managementPort: 8080,
  logLevel: 'info',
  retentionDays: 30,
  storeMaxMb: 20_480,
  redactAfterDays: 0,
};

export const SettingsPatch = Settings.partial();
export type SettingsPatch = z.infer<typeof SettingsPatch>;

export const SettingsView = z.object({
  values: Settings,
  /** Key → the file or policy that fixes it. */
  locked: z.record(z.string(), z.string()),
  /** The configuration files that the program looks at. */
  files: z.array(ConfigFileView).optional(),
});
export type SettingsView = z.infer<typeof SettingsView>;
