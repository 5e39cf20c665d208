import { api, CONTRACT_VERSION, type Api, type AppInfo } from '../../common/contract/api.ts';
import {
  capabilities,
  type CallName,
  type Capability,
  type Out,
  type Parsed,
  type Payload,
  type TopicName,
} from '../../common/contract/define.ts';
import type { Reply } from '../../common/contract/wire.ts';
import type { Snapshot } from '../../common/domain/snapshot.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { ConsoleTransport, LinkStatus } from '../transport/link.ts';

/** What a fake host answers to each call; a call without a handler is an `UNKNOWN_CALL`. */
export type FakeHandlers = {
  [K in CallName<Api>]?: (input: Parsed<Api, K>) => Out<Api, K> | Promise<Out<Api, K>>;
};

/**
 * A host in memory behind the real contract: inputs, outputs and payloads are all validated, so that a view cannot be drawn
 * from what no host would say. For tests and the gallery.
 */
export interface FakeHost {
  readonly transport: ConsoleTransport;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  on(handlers: FakeHandlers): void;
  emit<K extends TopicName<Api>>(name: K, payload: Payload<Api, K>): void;
  snapshot(): Snapshot;
  /** Changes parts of the snapshot and tells subscribers. */
  patch(parts: Partial<Omit<Snapshot, 'rev'>>): void;
  setStatus(status: LinkStatus): void;
}

export interface FakeHostOptions {
  readonly snapshot: Snapshot;
  readonly has?: readonly Capability[];
  readonly systemLocale?: AppInfo['systemLocale'];
}

export function createFakeHost(options: FakeHostOptions): FakeHost {
  const has = options.has ?? capabilities;
  const calls: { name: string; input: unknown }[] = [];
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  const watchers = new Set<() => void>();
  let status: LinkStatus = 'open';
  let snapshot = options.snapshot;

  const handlers: FakeHandlers = {
    'app.info': () => ({
      version: '0.1.0',
      contract: CONTRACT_VERSION,
      capabilities: [...has],
      systemLocale: options.systemLocale ?? 'en',
      dataDir: '/var/lib/causeway',
    }),
    'state.get': () => snapshot,
  };

  const answer = async (name: string, raw: unknown): Promise<unknown> => {
    const spec = Object.hasOwn(api, name) ? api[name as keyof Api] : undefined;
    const handler = Object.hasOwn(handlers, name) ? handlers[name as CallName<Api>] : undefined;
    if (spec?.kind !== 'call' || handler === undefined)
      throw new AppError('UNKNOWN_CALL', { name });
    if (!spec.needs.every((need) => has.includes(need))) throw new AppError('FORBIDDEN');
    const input = spec.input.safeParse(raw);
    if (!input.success) throw new AppError('BAD_INPUT');
    const output = await (handler as (input: unknown) => unknown)(input.data);
    return spec.output.parse(output);
  };

  const emit = <K extends TopicName<Api>>(name: K, payload: Payload<Api, K>): void => {
    const parsed = api[name].payload.parse(payload);
    for (const listener of listeners.get(name) ?? []) listener(parsed);
  };

  return {
    calls,
    emit,
    snapshot: () => snapshot,
    on: (more) => Object.assign(handlers, more),
    patch(parts) {
      snapshot = { ...snapshot, ...parts, rev: snapshot.rev + 1 };
      emit('state.changed', { rev: snapshot.rev, patch: parts });
    },
    setStatus(next) {
      status = next;
      for (const watcher of watchers) watcher();
    },
    transport: {
      async call(name, input): Promise<Reply> {
        calls.push({ name, input });
        if (status !== 'open') return { ok: false, error: { code: 'HOST_GONE', params: {} } };
        try {
          return { ok: true, value: await answer(name, input) };
        } catch (error) {
          return { ok: false, error: toErrorInfo(error) };
        }
      },
      subscribe(name, listener) {
        const set = listeners.get(name) ?? new Set();
        listeners.set(name, set.add(listener));
        return () => set.delete(listener);
      },
      status: () => status,
      onStatus(listener) {
        watchers.add(listener);
        return () => watchers.delete(listener);
      },
      close: () => undefined,
    },
  };
}
