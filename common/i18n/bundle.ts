import type { Locale } from '../domain/settings.ts';
import type { Entry } from './translate.ts';
import enCli from './en/cli.json' with { type: 'json' };
import enConsole from './en/console.json' with { type: 'json' };
import enErrors from './en/errors.json' with { type: 'json' };
import enRelay from './en/relay.json' with { type: 'json' };
import enScreens from './en/screens.json' with { type: 'json' };
import enTray from './en/tray.json' with { type: 'json' };
import enWecom from './en/wecom.json' with { type: 'json' };
import zhCli from './zh-CN/cli.json' with { type: 'json' };
import zhConsole from './zh-CN/console.json' with { type: 'json' };
import zhErrors from './zh-CN/errors.json' with { type: 'json' };
import zhRelay from './zh-CN/relay.json' with { type: 'json' };
import zhScreens from './zh-CN/screens.json' with { type: 'json' };
import zhTray from './zh-CN/tray.json' with { type: 'json' };
import zhWecom from './zh-CN/wecom.json' with { type: 'json' };

const en = { ...enCli, ...enConsole, ...enErrors, ...enRelay, ...enScreens, ...enTray, ...enWecom };
const zh = { ...zhCli, ...zhConsole, ...zhErrors, ...zhRelay, ...zhScreens, ...zhTray, ...zhWecom };

/** Every key; the English bundle is the list, and a test holds the Chinese one to it. */
export type MessageKey = keyof typeof en;

/** One bundle for React, tray, command line and errors; a file per area, its name the first part of its keys. */
export const bundles: Readonly<Record<Locale, Readonly<Record<MessageKey, Entry>>>> = {
  en,
  'zh-CN': zh,
};
