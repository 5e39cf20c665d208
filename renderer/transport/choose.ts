import { CONSOLE_SOCKET_PATH } from '../../common/contract/wire.ts';
import { createIpcTransport, type HostBridge } from './ipc.ts';
import type { ConsoleTransport } from './link.ts';
import { createWsTransport } from './ws.ts';

declare global {
  interface Window {
    /** Put there by the desktop shell's preload script; absent in a browser. */
    readonly causeway?: HostBridge;
  }
}

/** The one place that knows which host shows the page; everything else asks for capabilities. */
export function chooseTransport(page: Window): ConsoleTransport {
  if (page.causeway !== undefined) return createIpcTransport(page.causeway);
  const url = new URL(CONSOLE_SOCKET_PATH, page.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return createWsTransport(url.href);
}
