// What the desktop's rooms see of Electron in tests: it records, and lets a test speak for Electron. Importing the real package
// would start its downloader.
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';

/** Everything that was called, in order, as `module.method`. */
export const callOrder: string[] = [];

class FakeApp extends EventEmitter {
  paths = new Map<string, string>([
    ['userData', '/nonexistent/userData'],
    ['appData', '/nonexistent/appData'],
  ]);
  loginItem: unknown = null;
  hasLock = true;
  enableSandbox(): void {
    callOrder.push('app.enableSandbox');
  }
  requestSingleInstanceLock(): boolean {
    callOrder.push('app.requestSingleInstanceLock');
    return this.hasLock;
  }
  whenReady(): Promise<void> {
    callOrder.push('app.whenReady');
    return Promise.resolve();
  }
  quit(): void {
    callOrder.push('app.quit');
  }
  exit(code: number): void {
    callOrder.push(`app.exit ${code}`);
  }
  getPath(name: string): string {
    return this.paths.get(name) ?? '';
  }
  setPath(name: string, path: string): void {
    if (!isAbsolute(path) || !existsSync(path)) throw new Error('Failed to set path');
    this.paths.set(name, path);
  }
  getPreferredSystemLanguages(): string[] {
    return ['en-GB'];
  }
  setLoginItemSettings(settings: unknown): void {
    this.loginItem = settings;
  }
  setAsDefaultProtocolClient(): boolean {
    return true;
  }
}
export const app = new FakeApp();

type Handler = (...args: never[]) => unknown;

export const ipcMain = {
  handlers: new Map<string, Handler>(),
  handle(name: string, handler: Handler): void {
    this.handlers.set(name, handler);
  },
  removeHandler(name: string): void {
    this.handlers.delete(name);
  },
};

export const ipcRenderer = Object.assign(new EventEmitter(), {
  invoked: [] as unknown[][],
  invoke(...args: unknown[]): Promise<unknown> {
    ipcRenderer.invoked.push(args);
    return Promise.resolve({ ok: true, value: null });
  },
});

export const contextBridge = {
  exposed: new Map<string, Record<string, unknown>>(),
  exposeInMainWorld(name: string, value: Record<string, unknown>): void {
    this.exposed.set(name, value);
  },
};

export const protocol = {
  schemes: [] as { scheme: string; privileges: Record<string, boolean> }[],
  registerSchemesAsPrivileged(
    schemes: { scheme: string; privileges: Record<string, boolean> }[],
  ): void {
    callOrder.push('protocol.registerSchemesAsPrivileged');
    this.schemes = schemes;
  },
  handlers: new Map<string, unknown>(),
  handle(scheme: string, handler: unknown): void {
    this.handlers.set(scheme, handler);
  },
};

export const shell = {
  opened: [] as string[],
  openExternal(url: string): Promise<void> {
    this.opened.push(url);
    return Promise.resolve();
  },
  openPath(path: string): Promise<string> {
    this.opened.push(path);
    return Promise.resolve('');
  },
};

export const safeStorage = {
  available: true,
  backend: 'gnome_libsecret',
  rotated: false,
  isAsyncEncryptionAvailable(): Promise<boolean> {
    return Promise.resolve(this.available);
  },
  getSelectedStorageBackend(): string {
    return this.backend;
  },
  encryptStringAsync(text: string): Promise<Buffer> {
    return Promise.resolve(Buffer.from(`sealed:${Buffer.from(text).toString('hex')}`));
  },
  decryptStringAsync(sealed: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> {
    const text = sealed.toString();
    if (!text.startsWith('sealed:')) return Promise.reject(new Error('not ours'));
    return Promise.resolve({
      result: Buffer.from(text.slice(7), 'hex').toString(),
      shouldReEncrypt: this.rotated,
    });
  },
};

class FakeWebContents extends EventEmitter {
  id = 1;
  openHandler: ((details: { url: string }) => { action: string }) | null = null;
  sent: unknown[][] = [];
  destroyed = false;
  reloads = 0;
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
  send(...args: unknown[]): void {
    this.sent.push(args);
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  reload(): void {
    this.reloads += 1;
  }
}

export class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = [];
  readonly webContents = new FakeWebContents();
  readonly options: Record<string, unknown>;
  shown = false;
  loaded: string[] = [];
  constructor(options: Record<string, unknown>) {
    super();
    this.options = options;
    BrowserWindow.all.push(this);
  }
  loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    return Promise.resolve();
  }
  show(): void {
    this.shown = true;
  }
  hide(): void {
    this.shown = false;
  }
  focus(): void {
    this.shown = true;
  }
  restore(): void {
    this.shown = true;
  }
  isMinimized(): boolean {
    return false;
  }
  isVisible(): boolean {
    return this.shown;
  }
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
    this.shown = false;
    this.emit('closed');
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
}

export const nativeTheme = Object.assign(new EventEmitter(), {
  shouldUseDarkColorsForSystemIntegratedUI: false,
  themeSource: 'system',
});

export const nativeImage = {
  createFromPath: (path: string) => ({
    path,
    template: false,
    setTemplateImage(value: boolean) {
      this.template = value;
    },
  }),
};

export class Tray extends EventEmitter {
  static readonly all: Tray[] = [];
  images: { path: string }[];
  menus: { template: readonly Record<string, unknown>[] }[] = [];
  toolTip = '';
  constructor(image: { path: string }) {
    super();
    this.images = [image];
    Tray.all.push(this);
  }
  setImage(image: { path: string }): void {
    this.images.push(image);
  }
  setToolTip(text: string): void {
    this.toolTip = text;
  }
  setContextMenu(menu: { template: readonly Record<string, unknown>[] }): void {
    this.menus.push(menu);
  }
  destroy(): void {
    this.removeAllListeners();
  }
}

export const Menu = {
  buildFromTemplate: (template: readonly Record<string, unknown>[]) => ({ template }),
};

export class Notification extends EventEmitter {
  static readonly shown: { title: string; body: string }[] = [];
  static isSupported(): boolean {
    return true;
  }
  readonly options: { title: string; body: string };
  constructor(options: { title: string; body: string }) {
    super();
    this.options = options;
  }
  show(): void {
    Notification.shown.push(this.options);
  }
}

export const powerMonitor = new EventEmitter();
export const clipboard = {
  text: '',
  writeText(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  },
};
export const dialog = {
  errors: [] as string[][],
  showErrorBox(title: string, content: string): void {
    this.errors.push([title, content]);
  },
};

export class FakeSession extends EventEmitter {
  permissionRequest:
    ((contents: unknown, permission: string, callback: (granted: boolean) => void) => void) | null =
    null;
  permissionCheck: ((contents: unknown, permission: string, origin: string) => boolean) | null =
    null;
  devicePermission: (() => boolean) | null = null;
  beforeRequest:
    ((details: { url: string }, callback: (response: { cancel: boolean }) => void) => void) | null =
    null;
  readonly webRequest = {
    onBeforeRequest: (listener: NonNullable<FakeSession['beforeRequest']>): void => {
      this.beforeRequest = listener;
    },
  };
  setPermissionRequestHandler(handler: NonNullable<FakeSession['permissionRequest']>): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: NonNullable<FakeSession['permissionCheck']>): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: () => boolean): void {
    this.devicePermission = handler;
  }
}
export const session = { defaultSession: new FakeSession() };
