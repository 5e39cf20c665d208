import { join } from 'node:path';
import {
  app,
  clipboard,
  dialog,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  session,
  shell,
} from 'electron';
import { createClient } from '../../common/contract/client.ts';
import { APP_SCHEME } from '../../common/contract/ipc.ts';
import { chooseLocale, createTranslate, type Translate } from '../../common/i18n/translate.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import { version } from '../../common/version.ts';
import {
  applyProcessConfig,
  createCore,
  findConfigFile,
  tunnelConfigPlace,
  type Core,
  type CoreOptions,
} from '../core/index.ts';
import { startPractice } from '../../practice/index.ts';
import { readArguments, type DesktopArguments } from './arguments.ts';
import { openExternal } from './external.ts';
import { serveIpc } from './ipc.ts';
import { setLoginItem } from './login-item.ts';
import { guardNavigation } from './navigation.ts';
import { nextNotice, noNotices, noticeWords, type Notice } from './notices.ts';
import { createBundleHandler } from './protocol.ts';
import { createSafeStorageBox } from './secrets.ts';
import { hardenSession } from './session.ts';
import { createTray } from './tray.ts';
import { trayView, type TrayAction } from './tray-view.ts';
import { createConsoleWindow } from './window.ts';

const QUIT_DRAIN_MS = 5_000;
const NOTICE_TICK_MS = 5_000;

/** Runs the desktop program once Electron is ready; resolves when tray, window and core stand. */
export async function runDesktop(wanted: DesktopArguments): Promise<void> {
  // out/desktop/main.js, in the package as in a checkout.
  const base = join(import.meta.dirname, '..', '..');
  const assets = join(base, 'assets');
  // Beside the package in an installed program: the system's own viewer cannot look into it.
  const docs = join(app.isPackaged ? process.resourcesPath : base, 'docs');
  const systemLocale = chooseLocale(app.getPreferredSystemLanguages());

  protocol.handle(APP_SCHEME, createBundleHandler(join(base, 'out', 'renderer')));
  hardenSession(session.defaultSession);
  guardNavigation(app, (url) => void openExternal(url));

  const parts: Pick<CoreOptions, 'secrets' | 'host' | 'systemLocale'> = {
    secrets: createSafeStorageBox(),
    systemLocale,
    host: {
      revealData: async () => {
        await shell.openPath(app.getPath('userData'));
      },
      openExternal,
      setLoginItem,
      resolveProxy: (url) => session.defaultSession.resolveProxy(url),
      quit: async () => app.quit(),
    },
  };

  let core: Core;
  let stop: () => Promise<void>;
  try {
    if (wanted.practice) {
      const practice = await startPractice({
        dataDir: app.getPath('userData'),
        version,
        core: parts,
      });
      core = practice.core;
      stop = () => practice.stop();
    } else {
      const configFile = findConfigFile();
      if (configFile !== undefined) applyProcessConfig(configFile, process.env);
      const started = await createCore({
        dataDir: app.getPath('userData'),
        version,
        ...(configFile === undefined ? {} : { configFile }),
        tunnelConfig: tunnelConfigPlace(),
        ...parts,
      });
      core = started;
      stop = () => started.stop(QUIT_DRAIN_MS);
    }
  } catch (error) {
    const { code, params } = toErrorInfo(error);
    const t = createTranslate(systemLocale);
    dialog.showErrorBox(
      t(`errors.${code}.what`, params),
      `${t(`errors.${code}.do`, params)}\n\n${code}`,
    );
    app.exit(1);
    return;
  }

  const client = createClient(core.local);
  const translate = (): Translate => {
    const { locale } = core.snapshot().settings.values;
    return createTranslate(locale === 'auto' ? systemLocale : locale);
  };

  let toldHidden = false;
  const window = createConsoleWindow({
    preload: join(import.meta.dirname, 'preload.cjs'),
    icon: join(assets, 'icon.png'),
    onHidden() {
      if (toldHidden) return;
      toldHidden = true;
      notify(translate()('notify.hidden.title'), translate()('notify.hidden.body'), () =>
        window.show(),
      );
    },
  });
  const endIpc = serveIpc({ core, trusted: () => window.contentsId() });

  const act = (action: TrayAction): void => {
    switch (action) {
      case 'connect':
        void client.call('tunnel.connect').catch(() => window.show('overview'));
        break;
      case 'disconnect':
        void client.call('tunnel.disconnect').catch(() => window.show('overview'));
        break;
      case 'copy-address':
        void clipboard.writeText(core.snapshot().tunnel.publicUrls[0] ?? '');
        break;
      case 'open':
        window.show();
        break;
      case 'set-up':
        window.show('enrol');
        break;
      case 'send':
      case 'logs':
      case 'settings':
        window.show(action);
        break;
      case 'docs':
        void shell.openPath(docs);
        break;
      case 'data':
        void parts.host.revealData?.();
        break;
      case 'quit':
        app.quit();
        break;
    }
  };

  const tray = createTray({ assets, platform: process.platform, onAction: act });
  let memory = noNotices;
  const render = (): void => {
    const snapshot = core.snapshot();
    tray.render(trayView(snapshot.tunnel, version, translate()));
    nativeTheme.themeSource =
      snapshot.settings.values.theme === 'auto' ? 'system' : snapshot.settings.values.theme;
    const [next, notice] = nextNotice(memory, snapshot.tunnel, snapshot.certificates, Date.now());
    memory = next;
    if (notice !== null && !window.visible())
      showNotice(notice, translate(), (page) => window.show(page));
  };
  client.on('state.changed', render);
  nativeTheme.on('updated', render);
  const tick = setInterval(render, NOTICE_TICK_MS);
  render();

  powerMonitor.on('resume', () => core.wake());
  powerMonitor.on('unlock-screen', () => core.wake());

  app.on('second-instance', (_event, argv) =>
    window.show(readArguments(argv.slice(1)).page ?? undefined),
  );
  app.on('open-url', (event, url) => {
    event.preventDefault();
    window.show(readArguments([url]).page ?? undefined);
  });
  app.on('activate', () => window.show());
  // Without this listener Electron would quit when the window is closed.
  app.on('window-all-closed', () => undefined);

  let quitting = false;
  app.on('before-quit', (event) => {
    window.release();
    if (quitting) return;
    quitting = true;
    event.preventDefault();
    clearInterval(tick);
    endIpc();
    void stop().finally(() => {
      tray.destroy();
      app.exit(0);
    });
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => app.quit());

  app.setAsDefaultProtocolClient('causeway');
  if (!wanted.hidden) window.show(wanted.page ?? undefined);
}

function showNotice(notice: Notice, t: Translate, show: (page: string) => void): void {
  const { title, body, page } = noticeWords(notice, t);
  notify(title, body, () => show(page));
}

function notify(title: string, body: string, onClick: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body });
  notification.on('click', onClick);
  notification.show();
}
