import { join } from 'node:path';
import {
  Menu,
  nativeImage,
  nativeTheme,
  Tray,
  type MenuItemConstructorOptions,
  type NativeImage,
} from 'electron';
import type { TrayAction, TrayIcon, TrayRow, TrayView } from './tray-view.ts';

/** Keeps the icon's place in the macOS menu bar and the Windows notification area across starts. */
const TRAY_GUID = '6f6d2f6c-9a3e-4c57-8a0e-5d0c2f1b7e31';

export interface TrayHandle {
  render(view: TrayView): void;
  destroy(): void;
}

/** Shows {@link TrayView}s. The menu is built whole; it and the icon are set only when they changed. */
export function createTray(options: {
  readonly assets: string;
  readonly platform: NodeJS.Platform;
  readonly onAction: (action: TrayAction) => void;
}): TrayHandle {
  const { assets, platform, onAction } = options;
  const image = (icon: TrayIcon): NativeImage => {
    const loaded = nativeImage.createFromPath(join(assets, 'tray', iconFile(icon, platform)));
    if (platform === 'darwin') loaded.setTemplateImage(true);
    return loaded;
  };
  const tray = platform === 'linux' ? new Tray(image('off')) : new Tray(image('off'), TRAY_GUID);
  let shown: string = iconFile('off', platform);
  let menu: string | null = null;

  // Linux and Windows: a plain click opens; every action is in the menu too, because GNOME sends no clicks.
  tray.on('click', () => {
    if (platform !== 'darwin') onAction('open');
  });

  return {
    render(view) {
      const file = iconFile(view.icon, platform);
      if (file !== shown) {
        tray.setImage(image(view.icon));
        shown = file;
      }
      tray.setToolTip(view.tooltip);
      // Views come four times a second under load, and a menu that is set anew closes under the operator's hand.
      const next = JSON.stringify(view.rows);
      if (next === menu) return;
      menu = next;
      tray.setContextMenu(Menu.buildFromTemplate(view.rows.map((row) => menuItem(row, onAction))));
    },
    destroy: () => tray.destroy(),
  };
}

/** The icon's file for a platform and the theme of the system's bar. */
export function iconFile(icon: TrayIcon, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return `${icon}Template.png`;
  const bar = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ? 'dark' : 'light';
  return `${icon}-${bar}.${platform === 'win32' ? 'ico' : 'png'}`;
}

function menuItem(
  row: TrayRow,
  onAction: (action: TrayAction) => void,
): MenuItemConstructorOptions {
  switch (row.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'label':
      return { label: row.label, enabled: false, accessibilityLabel: row.label };
    case 'action':
      return { label: row.label, accessibilityLabel: row.label, click: () => onAction(row.action) };
    case 'submenu':
      return { label: row.label, submenu: row.rows.map((inner) => menuItem(inner, onAction)) };
  }
}
