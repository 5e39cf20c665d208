import type { Session } from 'electron';
import { APP_ORIGIN } from '../../common/contract/ipc.ts';

/** The permissions that the console has; everything that is not here is denied. */
const allowed: ReadonlySet<string> = new Set([
  // Copy buttons: navigator.clipboard.writeText.
  'clipboard-sanitized-write',
]);

/** Denies every permission but the allowed ones, and every request of the renderer that leaves the bundle. */
export function hardenSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => {
    callback(allowed.has(permission));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => {
    return allowed.has(permission) && isAppOrigin(origin);
  });
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: !mayRequest(details.url) });
  });
  session.on('will-download', (event, item) => {
    // Exports are made in the page from its own data; nothing else is ever saved.
    if (!item.getURL().startsWith(`blob:${APP_ORIGIN}`)) event.preventDefault();
  });
}

/** Whether the renderer may ask for this address: the bundle, and data that the page made itself. */
export function mayRequest(address: string): boolean {
  if (address.startsWith('data:image/')) return true;
  if (address.startsWith(`blob:${APP_ORIGIN}/`)) return true;
  if (address.startsWith('devtools:')) return true;
  return isAppOrigin(address);
}

function isAppOrigin(address: string): boolean {
  return address === APP_ORIGIN || address.startsWith(`${APP_ORIGIN}/`);
}
