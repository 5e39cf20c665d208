/** The three IPC channels between a window and Electron's main process. */
export const channel = {
  call: 'causeway:call',
  subscribe: 'causeway:subscribe',
  event: 'causeway:event',
} as const;

/** Scheme, host and origin of the console inside Electron. */
export const APP_SCHEME = 'app';
export const APP_HOST = 'bundle';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
