import { afterEach, expect, it, vi } from 'vitest';
import { BrowserWindow } from '../../tests/fakes/electron.ts';
import { createConsoleWindow, webPreferences } from './window.ts';

afterEach(() => {
  BrowserWindow.all.length = 0;
});

it('gives a window no power of its own', () => {
  const preferences = webPreferences('/p.cjs');
  expect(preferences).toEqual({
    preload: '/p.cjs',
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    spellcheck: false,
    devTools: false,
  });
  expect(Object.isFrozen(preferences)).toBe(true);
  createConsoleWindow({ preload: '/p.cjs', icon: '/i.png', onHidden: () => undefined }).show();
  expect(BrowserWindow.all[0]?.options['webPreferences']).toEqual(preferences);
});

it('hides when closed, tells so, and closes once it is released', () => {
  const onHidden = vi.fn<() => void>();
  const console = createConsoleWindow({ preload: '/p.cjs', icon: '/i.png', onHidden });
  console.show('messages');
  const [window] = BrowserWindow.all;
  expect(window?.loaded).toEqual(['app://bundle/index.html#/messages']);
  window?.emit('ready-to-show');
  expect(console.visible()).toBe(true);

  const close = { preventDefault: vi.fn<() => void>() };
  window?.emit('close', close);
  expect(close.preventDefault).toHaveBeenCalledOnce();
  expect(onHidden).toHaveBeenCalledOnce();
  expect(console.visible()).toBe(false);

  console.show();
  expect(BrowserWindow.all).toHaveLength(1);
  expect(console.visible()).toBe(true);

  console.release();
  const last = { preventDefault: vi.fn<() => void>() };
  window?.emit('close', last);
  expect(last.preventDefault).not.toHaveBeenCalled();
});

it('reloads a page that died once, not for ever', () => {
  const console = createConsoleWindow({
    preload: '/p.cjs',
    icon: '/i.png',
    onHidden: () => undefined,
  });
  console.show();
  const contents = BrowserWindow.all[0]?.webContents;
  contents?.emit('render-process-gone');
  contents?.emit('render-process-gone');
  expect(contents?.reloads).toBe(1);
  // The empty window is gone, and the next is a new one.
  expect([BrowserWindow.all[0]?.isDestroyed(), console.contentsId()]).toEqual([true, null]);
  console.show();
  expect(BrowserWindow.all).toHaveLength(2);
  BrowserWindow.all[1]?.webContents.emit('render-process-gone');
  expect(BrowserWindow.all[1]?.webContents.reloads).toBe(1);
});
