import type { Api } from '../../../common/contract/api.ts';
import type { Payload, TopicName } from '../../../common/contract/define.ts';
import type { MessageRow } from '../../../common/domain/history.ts';
import type { ReplayView } from '../../../common/domain/replay.ts';
import type { LogEntry, Logger } from '../../../common/domain/log.ts';
import { createCoalescer } from './coalesce.ts';

/** At most four payloads of a topic a second. */
export const COALESCE_MS = 250;
/** Log lines that one payload carries; more are counted as dropped and can be fetched. */
export const MAX_LOG_LINES = 1_000;
/** Message rows that wait; more send the payload early, because a row cannot be missed. */
const MAX_ROWS = 2_000;

/** Hands topics to whoever listens. Nothing is kept while nobody does. */
export interface Hub {
  publish<K extends TopicName<Api>>(topic: K, payload: Payload<Api, K>): void;
  /** Queues a row for `messages.changed`; of several states of one message the last is sent. */
  message(row: MessageRow): void;
  /** Queues a replay's progress for `replay.changed`; the last of each is sent. */
  replay(view: ReplayView): void;
  /** Queues a line for `logs.appended`. */
  log(entry: LogEntry): void;
  /** Returns the function that unsubscribes. */
  subscribe(topic: TopicName<Api>, listener: (payload: unknown) => void): () => void;
  hasListeners(topic: TopicName<Api>): boolean;
  stop(): void;
}

export function createHub(log: Logger): Hub {
  const listeners = new Map<TopicName<Api>, Set<(payload: unknown) => void>>();
  const rows = new Map<string, MessageRow>();
  const views = new Map<string, ReplayView>();
  let lines: LogEntry[] = [];
  let dropped = 0;

  const hasListeners = (topic: TopicName<Api>): boolean => (listeners.get(topic)?.size ?? 0) > 0;

  const publish: Hub['publish'] = (topic, payload) => {
    for (const listener of listeners.get(topic) ?? []) {
      try {
        listener(payload);
      } catch (error) {
        // A listener that throws must not cost the others their payload. `logs.appended` is left out: it would loop.
        if (topic !== 'logs.appended') log.error({ topic, err: error }, 'a subscriber failed');
      }
    }
  };
  const messages = createCoalescer(COALESCE_MS, () => {
    const batch = [...rows.values()];
    rows.clear();
    if (batch.length > 0) publish('messages.changed', { rows: batch });
  });
  const replays = createCoalescer(COALESCE_MS, () => {
    const batch = [...views.values()];
    views.clear();
    if (batch.length > 0) publish('replay.changed', { replays: batch });
  });
  const logs = createCoalescer(COALESCE_MS, () => {
    const payload = { entries: lines, dropped };
    lines = [];
    dropped = 0;
    if (payload.entries.length > 0) publish('logs.appended', payload);
  });

  return {
    publish,
    message(row) {
      if (!hasListeners('messages.changed')) return;
      rows.delete(row.id);
      rows.set(row.id, row);
      if (rows.size >= MAX_ROWS) messages.flush();
      else messages.poke();
    },
    replay(view) {
      if (!hasListeners('replay.changed')) return;
      views.set(view.id, view);
      replays.poke();
    },
    log(entry) {
      if (!hasListeners('logs.appended')) return;
      if (lines.length >= MAX_LOG_LINES) dropped += 1;
      else lines.push(entry);
      logs.poke();
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set);
      // The same function may be subscribed twice; each subscription ends on its own.
      const own = (payload: unknown): void => listener(payload);
      set.add(own);
      return () => void set.delete(own);
    },
    hasListeners,
    stop() {
      messages.stop();
      replays.stop();
      logs.stop();
      listeners.clear();
    },
  };
}
