import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLanes, HOLD_MS, type Lanes } from './lanes.ts';

function start(): { lanes: Lanes; counts: { overtaken: number; full: number } } {
  vi.useFakeTimers();
  const counts = { overtaken: 0, full: 0 };
  const lanes = createLanes({
    now: Date.now,
    onOvertaken: () => {
      counts.overtaken += 1;
    },
    onFull: () => {
      counts.full += 1;
    },
  });
  onTestFinished(() => {
    lanes.stop();
    vi.useRealTimers();
  });
  return { lanes, counts };
}

/** Enters and notes when the turn comes. */
function enter(lanes: Lanes, lane: string, id: string, turns: string[]): Promise<void> {
  return lanes.enter(lane, id).then((turn) => void turns.push(`${id} ${turn}`));
}
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('a conversation', () => {
  it('delivers one message after the other, in order', async () => {
    const { lanes } = start();
    const turns: string[] = [];
    for (const id of ['1', '2', '3']) void enter(lanes, 'chat', id, turns);
    await settle();
    expect(turns).toEqual(['1 go']);
    expect(lanes.figures()).toEqual({ lanes: 1, waiting: 2, longest: 2 });
    lanes.leave('chat', '1');
    await settle();
    lanes.leave('chat', '2');
    await settle();
    expect(turns).toEqual(['1 go', '2 go', '3 go']);
    lanes.leave('chat', '3');
    expect(lanes.figures()).toEqual({ lanes: 0, waiting: 0, longest: 0 });
  });

  it('that hangs does not hold up another one', async () => {
    const { lanes } = start();
    const turns: string[] = [];
    void enter(lanes, 'stuck', '1', turns);
    void enter(lanes, 'stuck', '2', turns);
    void enter(lanes, 'free', '3', turns);
    await settle();
    expect(turns).toEqual(['1 go', '3 go']);
  });

  it('keeps the place of a message that is tried again', async () => {
    const { lanes } = start();
    const turns: string[] = [];
    const receivedAt = Date.now();
    await enter(lanes, 'chat', '1', turns);
    void enter(lanes, 'chat', '2', turns);
    lanes.hold('chat', '1', receivedAt);
    await vi.advanceTimersByTimeAsync(1_000);
    await enter(lanes, 'chat', '1', turns);
    expect(turns).toEqual(['1 go', '1 go']);
    // While it is being tried its time does not run out.
    await vi.advanceTimersByTimeAsync(HOLD_MS);
    expect(turns).toHaveLength(2);
    lanes.leave('chat', '1');
    await settle();
    expect(turns.at(-1)).toBe('2 go');
  });

  it('tells who waits, and who comes later, that a message before them has failed', async () => {
    const { lanes } = start();
    const held: string[] = [];
    const wait = (id: string): void => void lanes.enter('chat', id, () => held.push(id));
    wait('1');
    wait('2');
    expect(held).toEqual([]);
    lanes.hold('chat', '1', Date.now());
    wait('3');
    expect(held).toEqual(['2', '3']);
    // It is being tried again.
    wait('1');
    wait('4');
    expect(held).toEqual(['2', '3']);
    lanes.leave('chat', '1');
    wait('5');
    expect(held).toEqual(['2', '3']);
  });

  it('goes on without a message that fails for two minutes', async () => {
    const { lanes, counts } = start();
    const turns: string[] = [];
    await enter(lanes, 'chat', '1', turns);
    void enter(lanes, 'chat', '2', turns);
    lanes.hold('chat', '1', Date.now());
    await vi.advanceTimersByTimeAsync(HOLD_MS - 1);
    expect(turns).toEqual(['1 go']);
    await vi.advanceTimersByTimeAsync(1);
    expect(turns).toEqual(['1 go', '2 go']);
    expect(counts.overtaken).toBe(1);
    // When it comes again it waits behind, and having failed for so long holds nobody up.
    void enter(lanes, 'chat', '1', turns);
    lanes.leave('chat', '2');
    await settle();
    expect(turns.at(-1)).toBe('1 go');
  });

  it('is bounded: 256 wait, the next is put off', async () => {
    const { lanes, counts } = start();
    const turns: string[] = [];
    for (let id = 0; id <= 256; id += 1) void enter(lanes, 'chat', String(id), turns);
    await enter(lanes, 'chat', '257', turns);
    expect(turns).toEqual(['0 go', '257 full']);
    expect(counts.full).toBe(1);
    for (let lane = 0; lane < 20; lane += 1) {
      for (let id = 0; id <= 256; id += 1) void enter(lanes, `lane-${lane}`, String(id), turns);
    }
    await settle();
    expect(lanes.figures().waiting).toBe(4096);
  });

  it('takes up its order after a restart, whichever message is due first', async () => {
    const { lanes } = start();
    const turns: string[] = [];
    for (const id of ['1', '2', '3']) lanes.reserve('chat', id, Date.now());
    void enter(lanes, 'chat', '3', turns);
    void enter(lanes, 'chat', '2', turns);
    await settle();
    expect(turns).toEqual([]);
    void enter(lanes, 'chat', '1', turns);
    await settle();
    lanes.leave('chat', '1');
    await settle();
    lanes.leave('chat', '2');
    await settle();
    expect(turns).toEqual(['1 go', '2 go', '3 go']);
  });

  it('lets everybody go when it stops', async () => {
    const { lanes } = start();
    const turns: string[] = [];
    void enter(lanes, 'chat', '1', turns);
    void enter(lanes, 'chat', '2', turns);
    lanes.stop();
    await settle();
    await enter(lanes, 'chat', '3', turns);
    expect(turns).toEqual(['1 go', '2 stopped', '3 stopped']);
  });
});
