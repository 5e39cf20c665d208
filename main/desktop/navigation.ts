import type { App, WebContents } from 'electron';
import { isSafeExternalUrl } from '../../common/external-url.ts';

/** Holds every web contents to its page: no navigation, no windows, no web views. Safe links go to the system's browser. */
export function guardNavigation(app: App, openExternal: (url: string) => void): void {
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, openExternal);
  });
}

function guardContents(contents: WebContents, openExternal: (url: string) => void): void {
  const prevent = (event: { preventDefault(): void }): void => {
    event.preventDefault();
  };
  contents.on('will-navigate', prevent);
  contents.on('will-redirect', prevent);
  contents.on('will-frame-navigate', prevent);
  contents.on('will-attach-webview', prevent);
  contents.setWindowOpenHandler(({ url }) => {
    if (isSafeExternalUrl(url)) openExternal(url);
    return { action: 'deny' };
  });
}
