import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron';
import type { Reply } from '../../common/contract/wire.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import { capabilities } from '../../common/contract/define.ts';
import type { Caller, Core } from '../core/index.ts';
import { APP_ORIGIN, channel } from '../../common/contract/ipc.ts';

const caller: Caller = { name: 'desktop', has: new Set(capabilities) };

const refused: Reply = { ok: false, error: { code: 'FORBIDDEN', params: {} } };

/**
 * Carries the operator contract over Electron's IPC. Every message is asked where it comes from first: the top frame of the console's own
 * window, on the bundle's origin. Returns the function that takes the handlers away.
 */
export function serveIpc(options: {
  readonly core: Core;
  /** Id of the console window's web contents, or null while there is none. */
  readonly trusted: () => number | null;
}): () => void {
  const { core } = options;
  const subscriptions = new Map<string, () => void>();
  const complained = new Set<string>();

  const accept = (event: IpcMainInvokeEvent): boolean => {
    const reason = distrust(event, options.trusted());
    if (reason === null) return true;
    // Once for each reason: a hostile page must not be able to fill the log.
    if (!complained.has(reason)) {
      complained.add(reason);
      core.log.warn({ module: 'desktop', reason }, 'IPC message refused');
    }
    return false;
  };

  ipcMain.handle(channel.call, async (event, name: unknown, input: unknown): Promise<Reply> => {
    if (!accept(event) || typeof name !== 'string') return refused;
    return core.dispatch(caller, name, input);
  });

  ipcMain.handle(channel.subscribe, (event, topic: unknown): Reply => {
    if (!accept(event) || typeof topic !== 'string') return refused;
    const key = `${event.sender.id} ${topic}`;
    if (subscriptions.has(key)) return { ok: true, value: null };
    try {
      const end = core.subscribe(caller, topic, (payload) => send(event.sender, topic, payload));
      subscriptions.set(key, end);
      event.sender.once('destroyed', () => {
        end();
        subscriptions.delete(key);
      });
      return { ok: true, value: null };
    } catch (error) {
      return { ok: false, error: toErrorInfo(error) };
    }
  });

  return () => {
    ipcMain.removeHandler(channel.call);
    ipcMain.removeHandler(channel.subscribe);
    for (const end of subscriptions.values()) end();
    subscriptions.clear();
  };
}

function send(contents: WebContents, topic: string, payload: unknown): void {
  if (!contents.isDestroyed()) contents.send(channel.event, topic, payload);
}

/** Why a message cannot be from the console; null when it is. */
export function distrust(event: IpcMainInvokeEvent, trusted: number | null): string | null {
  const frame = event.senderFrame;
  if (frame === null) return 'no frame';
  if (event.sender.isDestroyed()) return 'window gone';
  if (trusted === null || event.sender.id !== trusted) return 'unknown window';
  if (frame.parent !== null) return 'sub-frame';
  let origin: string;
  try {
    const url = new URL(frame.url);
    // The origin of a non-special scheme serialises as "null", so that it is put together by hand.
    origin = `${url.protocol}//${url.host}`;
  } catch {
    return 'unreadable address';
  }
  return origin === APP_ORIGIN ? null : 'foreign origin';
}
