import { afterEach, describe, expect, it } from 'vitest';
import type { IpcMainInvokeEvent } from 'electron';
import { channel } from '../../common/contract/ipc.ts';
import type { Reply } from '../../common/contract/wire.ts';
import type { Logger } from '../../common/domain/log.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { BrowserWindow, ipcMain } from '../../tests/fakes/electron.ts';
import type { Core } from '../core/index.ts';
import { distrust, serveIpc } from './ipc.ts';

interface Frame {
  url: string;
  parent: unknown;
}

function eventFrom(frame: Frame | null, id = 1, destroyed = false): IpcMainInvokeEvent {
  const contents = new BrowserWindow({}).webContents;
  contents.id = id;
  contents.destroyed = destroyed;
  return { sender: contents, senderFrame: frame } as unknown as IpcMainInvokeEvent;
}

const console_: Frame = { url: 'app://bundle/index.html#/overview', parent: null };

const hostile: readonly (readonly [string, IpcMainInvokeEvent, number | null])[] = [
  ['no frame', eventFrom(null), 1],
  ['a destroyed window', eventFrom(console_, 1, true), 1],
  ['another window', eventFrom(console_, 2), 1],
  ['no window of ours', eventFrom(console_), null],
  ['a sub-frame', eventFrom({ ...console_, parent: {} }), 1],
  ['a foreign host of the scheme', eventFrom({ url: 'app://other/index.html', parent: null }), 1],
  ['https', eventFrom({ url: 'https://bundle/index.html', parent: null }), 1],
  ['a file', eventFrom({ url: 'file:///bundle/index.html', parent: null }), 1],
  ['about:blank', eventFrom({ url: 'about:blank', parent: null }), 1],
  ['a data page', eventFrom({ url: 'data:text/html,app://bundle', parent: null }), 1],
  ['no address', eventFrom({ url: '', parent: null }), 1],
];

interface Recorded {
  readonly core: Core;
  readonly warned: string[];
  readonly dispatched: unknown[][];
  publish(payload: unknown): void;
  subscribers(): number;
}

function recordingCore(): Recorded {
  const warned: string[] = [];
  const dispatched: unknown[][] = [];
  const listeners = new Set<(payload: unknown) => void>();
  const log: Logger = { ...silentLogger, warn: (_fields, message) => warned.push(message) };
  const core = {
    log,
    dispatch: (...args: unknown[]): Promise<Reply> => {
      dispatched.push(args);
      return Promise.resolve({ ok: true, value: 'done' });
    },
    subscribe: (_caller: unknown, _topic: string, listener: (payload: unknown) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as Core;
  return {
    core,
    warned,
    dispatched,
    publish: (payload) => listeners.forEach((listener) => listener(payload)),
    subscribers: () => listeners.size,
  };
}

type Call = (event: IpcMainInvokeEvent, ...args: unknown[]) => Promise<Reply>;
const handler = (name: string): Call => ipcMain.handlers.get(name) as unknown as Call;

let end: (() => void) | null = null;
afterEach(() => end?.());

describe('a message over IPC', () => {
  it('from the console is dispatched with every capability', async () => {
    const recorded = recordingCore();
    end = serveIpc({ core: recorded.core, trusted: () => 1 });
    expect(await handler(channel.call)(eventFrom(console_), 'app.info', undefined)).toEqual({
      ok: true,
      value: 'done',
    });
    const [caller, name] = recorded.dispatched[0] ?? [];
    expect(name).toBe('app.info');
    expect((caller as { has: Set<string> }).has.has('desktop')).toBe(true);
  });

  it.each(hostile)('from %s is refused, and logged once', async (_name, event, trusted) => {
    expect(distrust(event, trusted)).not.toBeNull();
    const recorded = recordingCore();
    end = serveIpc({ core: recorded.core, trusted: () => trusted });
    for (let i = 0; i < 3; i += 1) {
      const reply = await handler(channel.call)(event, 'app.info', undefined);
      expect(reply).toEqual({ ok: false, error: { code: 'FORBIDDEN', params: {} } });
      await handler(channel.subscribe)(event, 'state.changed');
    }
    expect(recorded.dispatched).toEqual([]);
    expect(recorded.subscribers()).toBe(0);
    expect(recorded.warned).toHaveLength(1);
  });

  it('subscribes once for a window and ends with it', async () => {
    const recorded = recordingCore();
    end = serveIpc({ core: recorded.core, trusted: () => 1 });
    const event = eventFrom(console_);
    await handler(channel.subscribe)(event, 'state.changed');
    await handler(channel.subscribe)(event, 'state.changed');
    expect(recorded.subscribers()).toBe(1);
    recorded.publish({ rev: 2 });
    const contents = event.sender as unknown as BrowserWindow['webContents'];
    expect(contents.sent).toEqual([[channel.event, 'state.changed', { rev: 2 }]]);
    contents.emit('destroyed');
    expect(recorded.subscribers()).toBe(0);
  });
});
