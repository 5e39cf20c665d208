import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../../common/contract/client.ts';
import type { ConsoleTransport } from '../transport/link.ts';
import { App } from './App.tsx';
import { ConsoleProvider } from './console.tsx';
import { createConsoleStore } from './store.ts';

/** Draws the console into `element` over `transport`; returns the function that takes it away. */
export function mount(element: HTMLElement, transport: ConsoleTransport): () => void {
  const client = createClient(transport);
  const store = createConsoleStore({
    client,
    link: transport,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  });
  const root = createRoot(element);
  root.render(
    <StrictMode>
      <ConsoleProvider client={client} store={store}>
        <App />
      </ConsoleProvider>
    </StrictMode>,
  );
  return () => {
    root.unmount();
    store.stop();
    transport.close();
  };
}
