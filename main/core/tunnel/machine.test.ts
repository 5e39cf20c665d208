import { describe, expect, it } from 'vitest';
import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import { timing } from '../../../common/tunnel/protocol.ts';
import { initialState, step, type Moment } from './machine.ts';
import type { Effect, Event, State } from './state.ts';

const lost: ErrorInfo = { code: 'SESSION_LOST', params: {} };
const revoked: ErrorInfo = { code: 'CERT_REVOKED', params: {} };

function at(now: number, random = 0.5): Moment {
  return { now, random: () => random, timing };
}

/** Runs events one after the other, each a second later, and returns the last state with all effects. */
function run(events: readonly Event[], from: State = initialState): [State, Effect[]] {
  let state = from;
  const effects: Effect[] = [];
  for (const [index, event] of events.entries()) {
    const [next, more] = step(state, event, at(index * 1_000));
    state = next;
    effects.push(...more);
  }
  return [state, effects];
}

const up: readonly Event[] = [
  { type: 'identity', present: true },
  { type: 'connect' },
  { type: 'registered', link: 1, generation: 7 },
  { type: 'attached', link: 1, slot: 0 },
  { type: 'attached', link: 1, slot: 1 },
];

describe('step', () => {
  it('registers first, attaches one session, and only then the second', () => {
    const [state, effects] = run(up);
    expect(state).toMatchObject({ phase: 'online', generation: 7 });
    expect(effects.filter((effect) => effect.do !== 'destroy-all')).toEqual([
      { do: 'open', link: 1 },
      { do: 'attach', link: 1, slot: 0 },
      { do: 'attach', link: 1, slot: 1 },
      { do: 'retire-others', link: 1 },
    ]);
  });

  it('remembers that it was wanted before it had an identity', () => {
    const [state] = run([{ type: 'connect' }, { type: 'identity', present: true }]);
    expect(state.phase).toBe('connecting');
  });

  it('stays online while one session lives, and gives the link up with the last', () => {
    const [one] = run([...up, { type: 'slot-lost', link: 1, slot: 0, error: lost }]);
    expect(one).toMatchObject({ phase: 'online', slots: [{ step: 'waiting' }, { step: 'live' }] });
    const [none, effects] = step(
      one,
      { type: 'slot-lost', link: 1, slot: 1, error: lost },
      at(9e3),
    );
    expect(none.phase).toBe('waiting');
    expect(effects).toEqual([{ do: 'abandon', link: 1 }]);
  });

  it('lets the attempts grow over links that come up and fall at once', () => {
    const fall: Event = { type: 'lost', link: 1, error: lost, retryAfterMs: null };
    const [state] = run([...up, fall]);
    expect(state).toMatchObject({ phase: 'waiting', attempt: 1 });
    const [again] = run(
      [
        { type: 'due', deadline: { name: 'retry', at: 0 } },
        { type: 'registered', link: 2, generation: 8 },
        { type: 'attached', link: 2, slot: 0 },
        { type: 'lost', link: 2, error: lost, retryAfterMs: null },
      ],
      state,
    );
    expect(again).toMatchObject({ phase: 'waiting', attempt: 2 });
  });

  it('begins anew, within two seconds, after a link that held', () => {
    const [state] = run(up);
    const fall: Event = { type: 'lost', link: 1, error: lost, retryAfterMs: null };
    const [after] = step(state, fall, at(100_000, 0.75));
    expect(after).toMatchObject({ phase: 'waiting', attempt: 0, retryAt: 101_500 });
  });

  it('waits at least a minute where the relay says no, and longer when it asks for it', () => {
    const [state] = run(up);
    const fall: Event = { type: 'lost', link: 1, error: revoked, retryAfterMs: null };
    const [after, effects] = step(state, fall, at(10_000, 0));
    expect(after).toMatchObject({ phase: 'refused', retryAt: 70_000, error: revoked });
    expect(effects).toEqual([{ do: 'destroy-all' }]);
    const [later] = step(state, { ...fall, retryAfterMs: 600_000 }, at(10_000, 0));
    expect(later).toMatchObject({ phase: 'refused', retryAt: 610_000 });
  });

  it('does not hurry a refusal that waking cannot cure', () => {
    const refused = (error: ErrorInfo): State => ({
      phase: 'refused',
      attempt: 1,
      since: 0,
      retryAt: 60_000,
      error,
      last: 1,
    });
    expect(step(refused(revoked), { type: 'wake' }, at(1))[0].phase).toBe('refused');
    const skewed = refused({ code: 'CLOCK_SKEW', params: {} });
    expect(step(skewed, { type: 'wake' }, at(1))[0].phase).toBe('connecting');
  });

  it('passes over news of links that were given up', () => {
    const [state] = run([...up, { type: 'disconnect' }, { type: 'connect' }]);
    expect(state).toMatchObject({ phase: 'connecting', link: 2 });
    for (const late of up.slice(2)) expect(step(state, late, at(9_000))[0]).toBe(state);
  });

  it('comes back as late as a draining relay asks', () => {
    const [state] = run(up);
    const [after] = step(state, { type: 'draining', link: 1, retryAfterMs: 5_000 }, at(40_000, 0));
    expect(after).toMatchObject({
      phase: 'waiting',
      retryAt: 45_000,
      error: { code: 'RELAY_DRAINING' },
    });
  });
});
