import { expect, it } from 'vitest';
import type {
  RelayInfo,
  RelaySnapshot,
  RelaySnapshotPatch,
} from '../../common/domain/relay/views.ts';
import type { LinkStatus } from '../transport/link.ts';
import { createRelayStore, type RelayClient } from './store.ts';

const info: RelayInfo = {
  version: '1',
  contract: 1,
  account: { user: 'ann', locale: 'auto', theme: 'auto' },
};

function snapshot(rev: number): RelaySnapshot {
  return {
    rev,
    relay: {
      name: `relay at ${rev}`,
      fixedIp: null,
      addresses: { public: '', control: '', admin: '' },
      controlEndpoint: '',
      caFingerprint: '',
      startedAt: 0,
      recovery: { mode: 'auto', days: 30 },
    },
    certificates: [],
    tunnels: [],
    authRequests: [],
    recoveries: [],
    live: {
      sessions: [],
      totals: { requests: rev, perMinute: 0, refused: 0, inFlight: 0, egressOpen: 0 },
      tunnels: {},
      held: {},
    },
  };
}

/** A host whose answers the test gives. */
function host() {
  let status: LinkStatus = 'open';
  let watcher: () => void = () => undefined;
  let tell: (patch: RelaySnapshotPatch) => void = () => undefined;
  const reads: ((value: RelaySnapshot) => void)[] = [];
  const client = {
    call: (name: string) =>
      name === 'relay.info'
        ? Promise.resolve(info)
        : new Promise<RelaySnapshot>((resolve) => reads.push(resolve)),
    on: (_name: string, listener: (patch: RelaySnapshotPatch) => void) => {
      tell = listener;
      return () => undefined;
    },
  } as unknown as RelayClient;
  const link = {
    status: () => status,
    onStatus: (listener: () => void) => {
      watcher = listener;
      return () => undefined;
    },
  };
  return {
    store: createRelayStore(client, link),
    tell: (patch: RelaySnapshotPatch) => tell(patch),
    reads,
    setStatus: (next: LinkStatus) => {
      status = next;
      watcher();
    },
    /** Answers the oldest read and lets it be taken in. */
    answer: async (value: RelaySnapshot) => {
      reads.shift()?.(value);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it('applies patches in order, those that came during the read as well', async () => {
  const to = host();
  to.tell({ rev: 4, patch: { tunnels: [] } });
  to.tell({ rev: 5, patch: { relay: snapshot(5).relay } });
  await to.answer(snapshot(4));
  expect(to.store.get().snapshot).toMatchObject({ rev: 5, relay: { name: 'relay at 5' } });
  to.tell({ rev: 6, patch: { live: snapshot(6).live } });
  expect(to.store.get().snapshot?.live.totals.requests).toBe(6);
  to.tell({ rev: 6, patch: { live: snapshot(99).live } });
  expect(to.store.get().snapshot?.live.totals.requests).toBe(6);
});

it('reads everything again after a missed revision', async () => {
  const to = host();
  await to.answer(snapshot(1));
  to.tell({ rev: 3, patch: { relay: snapshot(3).relay } });
  expect(to.reads).toHaveLength(1);
  await to.answer(snapshot(3));
  expect(to.store.get().snapshot?.relay.name).toBe('relay at 3');
});

it('keeps what it knows while the host is lost, and reads again when it is back', async () => {
  const to = host();
  await to.answer(snapshot(1));
  to.setStatus('lost');
  expect(to.store.get()).toMatchObject({ link: 'lost', snapshot: { rev: 1 } });
  to.setStatus('open');
  await to.answer(snapshot(2));
  expect(to.store.get()).toMatchObject({ link: 'open', snapshot: { rev: 2 } });
});
