import { expect, it } from 'vitest';
import { createClient } from '../../common/contract/client.ts';
import { createFakeHost, type FakeHost } from '../testing/fake-host.ts';
import { scenario } from '../testing/scenarios.ts';
import { createConsoleStore, PREDICTION_MS, type ConsoleStore } from './store.ts';

const NOW = Date.UTC(2026, 10, 4, 6);

interface Timer {
  readonly ms: number;
  readonly run: () => void;
  cancelled: boolean;
}

function open(host: FakeHost): { store: ConsoleStore; timers: Timer[] } {
  const timers: Timer[] = [];
  const store = createConsoleStore({
    client: createClient(host.transport),
    link: host.transport,
    after: (ms, run) => {
      const timer = { ms, run, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
  });
  return { store, timers };
}

function until(store: ConsoleStore, holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    const end = store.subscribe(() => {
      if (!holds()) return;
      end();
      resolve();
    });
  });
}

const reads = (host: FakeHost): number =>
  host.calls.filter(({ name }) => name === 'state.get').length;

it('reads the state once and then follows patches by revision', async () => {
  const host = createFakeHost({ snapshot: scenario('online', NOW) });
  const { store } = open(host);
  await until(store, () => store.get().snapshot !== null);
  expect(store.get().info?.version).toBe('0.1.0');
  const before = store.get().snapshot;

  host.patch({ bots: [] });
  expect(store.get().snapshot?.bots).toEqual([]);
  expect(store.get().snapshot?.rev).toBe(2);
  // Parts that did not change keep their identity, so nothing else is drawn again.
  expect(store.get().snapshot?.tunnel).toBe(before?.tunnel);
  expect(reads(host)).toBe(1);
});

it('reads the state again when a revision is missing, and ignores an old one', async () => {
  const host = createFakeHost({ snapshot: scenario('online', NOW) });
  const { store } = open(host);
  await until(store, () => store.get().snapshot !== null);

  host.emit('state.changed', { rev: 1, patch: { bots: [] } });
  expect(store.get().snapshot?.bots).not.toEqual([]);

  // The host is at 1; a patch that claims 5 means that four were lost.
  host.emit('state.changed', { rev: 5, patch: { targets: [] } });
  await until(store, () => reads(host) === 2 && store.get().snapshot !== null);
  expect(store.get().snapshot?.rev).toBe(1);
});

it('applies patches that arrive while the state is being read', async () => {
  const host = createFakeHost({ snapshot: scenario('online', NOW) });
  const first = host.snapshot();
  const gate = Promise.withResolvers<undefined>();
  host.on({
    'state.get': async () => {
      await gate.promise;
      return first;
    },
  });
  const { store } = open(host);
  host.patch({ bots: [] });
  host.patch({ targets: [] });
  gate.resolve(undefined);
  await until(store, () => store.get().snapshot !== null);
  expect(store.get().snapshot).toMatchObject({ rev: 3, bots: [], targets: [] });
});

it('keeps the last state while the host is lost and reads it again when it is back', async () => {
  const host = createFakeHost({ snapshot: scenario('online', NOW) });
  const { store } = open(host);
  await until(store, () => store.get().snapshot !== null);
  host.setStatus('lost');
  expect(store.get().link).toBe('lost');
  expect(store.get().snapshot).not.toBeNull();
  host.setStatus('open');
  await until(store, () => reads(host) === 2);
});

it('shows a wished-for state until the host reports another phase', async () => {
  const host = createFakeHost({ snapshot: scenario('online', NOW) });
  const { store, timers } = open(host);
  await until(store, () => store.get().snapshot !== null);
  const phase = (): string | undefined => store.get().snapshot?.tunnel.state.phase;

  store.predictTunnel({ phase: 'stopped' });
  expect(phase()).toBe('stopped');
  // A heartbeat of the phase that is being left says nothing against the wish.
  host.patch({ tunnel: { ...host.snapshot().tunnel } });
  expect(phase()).toBe('stopped');
  host.patch({ tunnel: scenario('waiting', NOW).tunnel });
  expect(phase()).toBe('waiting');
  expect(timers[0]?.cancelled).toBe(true);
});

it('drops a wish after three seconds, or when the call failed', async () => {
  const host = createFakeHost({ snapshot: scenario('online', NOW) });
  const { store, timers } = open(host);
  await until(store, () => store.get().snapshot !== null);
  store.predictTunnel({ phase: 'stopped' });
  expect(timers[0]?.ms).toBe(PREDICTION_MS);
  timers[0]?.run();
  expect(store.get().snapshot?.tunnel.state.phase).toBe('online');
  store.predictTunnel({ phase: 'stopped' });
  store.dropPrediction();
  expect(store.get().snapshot?.tunnel.state.phase).toBe('online');
});
