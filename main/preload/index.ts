// The sandboxed bridge: three members, no Electron object, names of the contract only.
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { callNames, topicNames } from '../../common/contract/names.ts';
import { channel } from '../../common/contract/ipc.ts';

const calls: ReadonlySet<string> = new Set(callNames);
const topics: ReadonlySet<string> = new Set(topicNames);

contextBridge.exposeInMainWorld('causeway', {
  call(name: string, input: unknown): Promise<unknown> {
    if (!calls.has(name)) {
      return Promise.resolve({ ok: false, error: { code: 'UNKNOWN_CALL', params: {} } });
    }
    return ipcRenderer.invoke(channel.call, name, input);
  },
  on(topic: string, listener: (payload: unknown) => void): () => void {
    if (!topics.has(topic)) return () => undefined;
    const deliver = (_event: IpcRendererEvent, name: string, payload: unknown): void => {
      if (name === topic) listener(payload);
    };
    ipcRenderer.on(channel.event, deliver);
    void ipcRenderer.invoke(channel.subscribe, topic);
    return () => {
      ipcRenderer.removeListener(channel.event, deliver);
    };
  },
  env: { host: 'desktop' },
});
