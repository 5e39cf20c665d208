import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SnapshotPatch } from '../../../common/domain/snapshot.ts';
import { createStateFeed, type SnapshotParts } from './feed.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const INTERVAL = 250;

function setUp() {
  let parts = { practice: null, bots: [], targets: [] } as unknown as SnapshotParts;
  const sent: SnapshotPatch[] = [];
  const feed = createStateFeed({
    assemble: () => parts,
    publish: (patch) => sent.push(patch),
    intervalMs: INTERVAL,
  });
  const set = (patch: Partial<SnapshotParts>): void => {
    parts = { ...parts, ...patch };
  };
  return { feed, sent, set };
}

const practice = (url: string) => ({ simulatorUrl: url, relayAdminUrl: url });

test('a patch holds the parts that differ, whole, and nothing else', () => {
  const { feed, sent, set } = setUp();
  set({ practice: practice('a') });
  feed.touchNow();
  expect(sent).toEqual([{ rev: 1, patch: { practice: practice('a') } }]);
  expect(feed.snapshot().rev).toBe(1);
});

test('nothing is sent when nothing differs', () => {
  const { feed, sent } = setUp();
  feed.touchNow();
  feed.touch();
  vi.advanceTimersByTime(INTERVAL * 4);
  expect(sent).toEqual([]);
});

test('busy figures wait for the interval, urgent ones do not', () => {
  const { feed, sent, set } = setUp();
  set({ practice: practice('a') });
  feed.touch();
  set({ practice: practice('b') });
  feed.touch();
  set({ practice: practice('c') });
  feed.touch();
  expect(sent.map(({ rev }) => rev)).toEqual([1]);
  set({ practice: practice('d') });
  feed.touchNow();
  expect(sent.map(({ rev, patch }) => [rev, patch.practice?.simulatorUrl])).toEqual([
    [1, 'a'],
    [2, 'd'],
  ]);
});

test('revisions follow each other, and the patches rebuild the snapshot', () => {
  const { feed, sent, set } = setUp();
  let view = feed.snapshot();
  for (let number = 0; number < 20; number++) {
    set({ practice: practice(String(number)) });
    feed.touch();
    vi.advanceTimersByTime(number * 40);
  }
  vi.advanceTimersByTime(INTERVAL);
  for (const { rev, patch } of sent) {
    expect(rev).toBe(view.rev + 1);
    view = { ...view, ...patch, rev } as typeof view;
  }
  expect(view).toEqual(feed.snapshot());
});
