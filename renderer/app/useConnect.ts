import { useCallback } from 'react';
import { useToasts } from '../components/Toast.tsx';
import { useClient, useConsoleStore } from './console.tsx';

/** Connect and Disconnect: shown at once as wished, taken back when the host says no. */
export function useConnect(): { readonly connect: () => void; readonly disconnect: () => void } {
  const client = useClient();
  const store = useConsoleStore();
  const toasts = useToasts();
  const act = useCallback(
    async (call: 'tunnel.connect' | 'tunnel.disconnect') => {
      store.predictTunnel(
        call === 'tunnel.connect'
          ? { phase: 'connecting', attempt: 1, since: Date.now() }
          : { phase: 'stopped' },
      );
      try {
        await client.call(call);
      } catch (error) {
        store.dropPrediction();
        toasts.failed(error);
      }
    },
    [client, store, toasts],
  );
  const connect = useCallback(() => void act('tunnel.connect'), [act]);
  const disconnect = useCallback(() => void act('tunnel.disconnect'), [act]);
  return { connect, disconnect };
}
