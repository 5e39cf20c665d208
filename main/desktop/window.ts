import { BrowserWindow, type BrowserWindowConstructorOptions } from 'electron';
import { APP_ORIGIN } from '../../common/contract/ipc.ts';

/** Preferences of every window. Isolation and sandbox are said here although they are Electron's defaults. */
export function webPreferences(
  preload: string,
): NonNullable<BrowserWindowConstructorOptions['webPreferences']> {
  return Object.freeze({
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    spellcheck: false,
    devTools: process.env['CAUSEWAY_DEVTOOLS'] === '1',
  });
}

export interface ConsoleWindow {
  /** The window's web contents id, for the check of who sends; null before it was first opened. */
  contentsId(): number | null;
  window(): BrowserWindow | null;
  /** Shows it, on a page of the console if one is named (`messages/…`). */
  show(page?: string): void;
  visible(): boolean;
  /** From now on closing closes, instead of hiding. */
  release(): void;
}

/** The one window. Closing hides it; the program goes on in the tray. */
export function createConsoleWindow(options: {
  readonly preload: string;
  readonly icon: string;
  readonly onHidden: () => void;
}): ConsoleWindow {
  let current: BrowserWindow | null = null;
  let released = false;

  const open = (page: string): BrowserWindow => {
    const window = new BrowserWindow({
      width: 1080,
      height: 720,
      minWidth: 900,
      minHeight: 600,
      show: false,
      title: 'Causeway',
      icon: options.icon,
      autoHideMenuBar: true,
      webPreferences: webPreferences(options.preload),
    });
    window.once('ready-to-show', () => window.show());
    window.on('close', (event) => {
      if (released) return;
      event.preventDefault();
      window.hide();
      options.onHidden();
    });
    window.on('closed', () => {
      current = null;
    });
    let reloaded = false;
    window.webContents.on('render-process-gone', () => {
      if (window.isDestroyed()) return;
      // Once: a page that dies again at once would otherwise die for ever. The core goes on either way, and whoever opens the
      // console next gets a window of its own instead of the empty one.
      if (reloaded) window.destroy();
      else window.webContents.reload();
      reloaded = true;
    });
    void window.loadURL(`${APP_ORIGIN}/index.html#/${page}`);
    return window;
  };

  return {
    contentsId: () => (current === null || current.isDestroyed() ? null : current.webContents.id),
    window: () => current,
    show(page) {
      if (current === null || current.isDestroyed()) {
        current = open(page ?? 'overview');
        return;
      }
      if (page !== undefined) void current.loadURL(`${APP_ORIGIN}/index.html#/${page}`);
      if (current.isMinimized()) current.restore();
      current.show();
      current.focus();
    },
    visible: () => current !== null && !current.isDestroyed() && current.isVisible(),
    release() {
      released = true;
    },
  };
}
