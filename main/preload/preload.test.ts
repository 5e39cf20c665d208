import { expect, it, vi } from 'vitest';
import { contextBridge, ipcRenderer } from '../../tests/fakes/electron.ts';

interface Bridge {
  call(name: string, input: unknown): Promise<unknown>;
  on(topic: string, listener: (payload: unknown) => void): () => void;
  env: Readonly<Record<string, string>>;
}

it('exposes three members, names of the contract only, and no event of Electron', async () => {
  await import('./index.ts');
  expect([...contextBridge.exposed.keys()]).toEqual(['causeway']);
  const bridge = contextBridge.exposed.get('causeway') as unknown as Bridge;
  expect(Object.keys(bridge).toSorted()).toEqual(['call', 'env', 'on']);

  for (const name of ['constructor', '__proto__', 'app.unknown', '']) {
    expect(await bridge.call(name, null)).toEqual({
      ok: false,
      error: { code: 'UNKNOWN_CALL', params: {} },
    });
  }
  expect(ipcRenderer.invoked).toEqual([]);
  await bridge.call('app.info', undefined);
  expect(ipcRenderer.invoked).toEqual([['causeway:call', 'app.info', undefined]]);

  const listener = vi.fn<(...args: unknown[]) => void>();
  const end = bridge.on('state.changed', listener);
  bridge.on('state.unknown', listener);
  const event = { sender: 'an IpcRendererEvent' };
  ipcRenderer.emit('causeway:event', event, 'state.changed', { rev: 1 });
  ipcRenderer.emit('causeway:event', event, 'logs.appended', { rev: 2 });
  expect(listener.mock.calls).toEqual([[{ rev: 1 }]]);
  end();
  ipcRenderer.emit('causeway:event', event, 'state.changed', { rev: 3 });
  expect(listener).toHaveBeenCalledOnce();
});
