import { Reply } from '../../common/contract/wire.ts';
import type { ConsoleTransport } from './link.ts';

/** What the preload script puts on `window.causeway` in the desktop shell. */
export interface HostBridge {
  call(name: string, input: unknown): Promise<unknown>;
  /** Returns the function that ends the subscription. */
  on(topic: string, listener: (payload: unknown) => void): () => void;
}

/** The contract over Electron IPC: the bridge lives as long as the window, so the link is always open. */
export function createIpcTransport(bridge: HostBridge): ConsoleTransport {
  return {
    async call(name, input) {
      try {
        const reply = Reply.safeParse(await bridge.call(name, input));
        if (reply.success) return reply.data;
        return { ok: false, error: { code: 'CONTRACT_VERSION', params: {} } };
      } catch {
        return { ok: false, error: { code: 'HOST_GONE', params: {} } };
      }
    },
    subscribe: (name, listener) => bridge.on(name, listener),
    status: () => 'open',
    onStatus: () => () => undefined,
    close: () => undefined,
  };
}
