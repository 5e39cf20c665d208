import { CONTRACT_VERSION } from '../../common/contract/api.ts';
import { ServerFrame, type ClientFrame, type Reply } from '../../common/contract/wire.ts';
import type { ConsoleTransport, LinkStatus } from './link.ts';

/** Pauses between attempts double from the first to the last, each shortened at random by up to half. */
const FIRST_PAUSE_MS = 300;
const LAST_PAUSE_MS = 10_000;
/** Longer than any call may take in the core, so that a call never hangs for ever. */
const CALL_TIMEOUT_MS = 60_000;

const GONE: Reply = { ok: false, error: { code: 'HOST_GONE', params: {} } };

/** What the transport needs of its surroundings; a browser passes its own. */
export interface SocketPorts {
  open(url: string): WebSocket;
  after(ms: number, run: () => void): () => void;
  random(): number;
  /** Whether the host answers, but no longer knows this session. */
  signedOut(): Promise<boolean>;
  /** Leaves for the page that says how to sign in. */
  signIn(): void;
}

const browserPorts: SocketPorts = {
  open: (url) => new WebSocket(url),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  signedOut: () =>
    fetch(window.location.pathname, { method: 'HEAD', cache: 'no-store' }).then(
      (response) => response.status === 401,
      () => false,
    ),
  signIn: () => window.location.reload(),
};

interface PendingCall {
  settle(reply: Reply): void;
}

/**
 * The contract over a WebSocket. Calls that meet no open socket, or lose theirs, resolve with `HOST_GONE`; subscriptions
 * outlive the socket and are made again on the next one.
 */
export function createWsTransport(
  url: string,
  ports: SocketPorts = browserPorts,
  contract: number = CONTRACT_VERSION,
): ConsoleTransport {
  const pending = new Map<number, PendingCall>();
  const topics = new Map<string, Set<(payload: unknown) => void>>();
  const watchers = new Set<() => void>();
  let status: LinkStatus = 'connecting';
  let socket: WebSocket | null = null;
  let greeted = false;
  let nextId = 1;
  let attempt = 0;
  let closed = false;
  let cancelRetry: () => void = () => undefined;

  const setStatus = (next: LinkStatus): void => {
    if (status === next) return;
    status = next;
    for (const watcher of watchers) watcher();
  };

  const transmit = (frame: ClientFrame): void => socket?.send(JSON.stringify(frame));

  const failPending = (): void => {
    const calls = [...pending.values()];
    pending.clear();
    for (const call of calls) call.settle(GONE);
  };

  const onFrame = (frame: ServerFrame): void => {
    switch (frame.kind) {
      case 'hello':
        if (frame.contract !== contract) {
          setStatus('outdated');
          socket?.close();
          return;
        }
        greeted = true;
        attempt = 0;
        for (const topic of topics.keys()) transmit({ kind: 'subscribe', topic });
        setStatus('open');
        return;
      case 'reply':
        pending.get(frame.id)?.settle(frame.reply);
        return;
      case 'event':
        for (const listener of topics.get(frame.topic) ?? []) listener(frame.payload);
        return;
    }
  };

  const onClose = (): void => {
    const refused = !greeted;
    socket = null;
    greeted = false;
    failPending();
    if (closed || status === 'outdated') return;
    setStatus('lost');
    // A browser does not say why an upgrade failed: a plain request does.
    if (refused)
      void ports.signedOut().then((out) => (out && !closed ? ports.signIn() : undefined));
    const pause = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
    attempt += 1;
    cancelRetry = ports.after(pause * (1 - ports.random() / 2), dial);
  };

  function dial(): void {
    const opened = ports.open(url);
    socket = opened;
    opened.addEventListener('message', (event) => {
      if (opened !== socket) return;
      const frame = parseFrame(event.data);
      // A host that speaks something else was upgraded under an open tab.
      if (frame === null) setStatus('outdated');
      else onFrame(frame);
    });
    opened.addEventListener('close', () => {
      if (opened === socket) onClose();
    });
  }

  dial();

  return {
    call(name, input) {
      if (socket === null || !greeted) return Promise.resolve(GONE);
      const id = nextId;
      nextId += 1;
      return new Promise<Reply>((resolve) => {
        const settle = (reply: Reply): void => {
          cancelTimeout();
          pending.delete(id);
          resolve(reply);
        };
        const cancelTimeout = ports.after(CALL_TIMEOUT_MS, () => settle(GONE));
        pending.set(id, { settle });
        transmit({ kind: 'call', id, name, input });
      });
    },
    subscribe(name, listener) {
      const listeners = topics.get(name) ?? new Set();
      if (listeners.size === 0) {
        topics.set(name, listeners);
        if (greeted) transmit({ kind: 'subscribe', topic: name });
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0 || topics.get(name) !== listeners) return;
        topics.delete(name);
        if (greeted) transmit({ kind: 'unsubscribe', topic: name });
      };
    },
    status: () => status,
    onStatus(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    close() {
      closed = true;
      cancelRetry();
      socket?.close();
      failPending();
    },
  };
}

function parseFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame = ServerFrame.safeParse(JSON.parse(data));
    return frame.success ? frame.data : null;
  } catch {
    return null;
  }
}
