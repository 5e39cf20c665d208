import type { EventEmitter } from 'node:events';

/**
 * Settles when a socket, stream or session has closed. `once(…, 'close')` would reject where the other side resets the connection
 * instead of ending it, and which of the two is seen depends on what was still unread at that moment.
 */
export function closed(what: EventEmitter): Promise<void> {
  what.on('error', () => undefined);
  return new Promise((resolve) => {
    what.once('close', () => resolve());
  });
}
