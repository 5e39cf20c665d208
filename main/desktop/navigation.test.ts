import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import type { App } from 'electron';
import { BrowserWindow } from '../../tests/fakes/electron.ts';
import { guardNavigation } from './navigation.ts';

it('prevents every navigation, web view and window, and opens safe links outside', () => {
  const app = new EventEmitter();
  const opened: string[] = [];
  guardNavigation(app as unknown as App, (url) => opened.push(url));
  const contents = new BrowserWindow({}).webContents;
  app.emit('web-contents-created', {}, contents);

  for (const name of [
    'will-navigate',
    'will-redirect',
    'will-frame-navigate',
    'will-attach-webview',
  ]) {
    const event = { preventDefault: vi.fn<() => void>() };
    contents.emit(name, event);
    expect(event.preventDefault, name).toHaveBeenCalledOnce();
  }
  for (const url of [
    'https://example.com/a',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://evil.example/',
  ]) {
    expect(contents.openHandler?.({ url })).toEqual({ action: 'deny' });
  }
  expect(opened).toEqual(['https://example.com/a']);
});
