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

  it('begins anew, within a quarter of a second, after a link that held or a machine that slept', () => {
    const [state] = run(up);
    const fall: Event = { type: 'lost', link: 1, error: lost, retryAfterMs: null };
    const [after] = step(state, fall, at(100_000, 0.8));
    expect(after).toMatchObject({ phase: 'waiting', attempt: 0, retryAt: 100_200 });
    const [woken] = step(state, { type: 'wake' }, at(9_000));
    expect(step(woken, fall, at(11_000, 0.8))[0]).toMatchObject({ attempt: 0, retryAt: 11_200 });
  });

  it('knocks every two seconds where nobody is, and gives a relay that answers too late its time', () => {
    const retryIn = (error: ErrorInfo, attempt: number): number => {
      const state: State = {
        phase: 'connecting',
        step: 'registering',
        link: 1,
        attempt,
        since: 0,
        generation: 0,
        last: 1,
      };
      const event: Event = { type: 'lost', link: 1, error, retryAfterMs: null };
      const [after] = step(state, event, at(0, 0.999_999));
      return 'retryAt' in after ? after.retryAt : -1;
    };
    expect(retryIn({ code: 'RELAY_REFUSED', params: {} }, 50)).toBe(2_000);
    expect(retryIn({ code: 'RELAY_TIMEOUT', params: {} }, 50)).toBe(10_000);
    expect(retryIn({ code: 'RELAY_REFUSED', params: {} }, 200)).toBe(30_000);
    // A proxy's account is not to be locked: 60 s, doubled up to 10 min.
    const wrongPassword: ErrorInfo = { code: 'PROXY_AUTH', params: {} };
    expect([1, 2, 3, 9].map((attempt) => retryIn(wrongPassword, attempt))).toEqual([
      60_250, 120_250, 240_250, 600_250,
    ]);
  });

  it('keeps the session that lives when only the way to the relay says no', () => {
    const [state] = run(up);
    for (const code of ['PROXY_AUTH', 'RELAY_UNTRUSTED', 'CLOCK_SKEW'] as const) {
      const event: Event = { type: 'slot-lost', link: 1, slot: 1, error: { code, params: {} } };
      const [after, effects] = step(state, event, at(9_000, 0));
      const slots = [{ step: 'live' }, { step: 'waiting', at: 69_000 }];
      expect(after).toMatchObject({ phase: 'online', slots });
      expect(effects).toEqual([]);
    }
    const event: Event = { type: 'slot-lost', link: 1, slot: 1, error: revoked };
    expect(step(state, event, at(9_000))[1]).toEqual([{ do: 'destroy-all' }]);
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

  it('begins anew at once where how the relay is reached has changed, whatever stood in the way', () => {
    const [refused] = run([...up, { type: 'lost', link: 1, error: revoked, retryAfterMs: null }]);
    expect(run([{ type: 'wake', afresh: true }], refused)[0]).toMatchObject({
      phase: 'connecting',
    });
    const [connecting] = run(up.slice(0, 2));
    expect(run([{ type: 'wake' }], connecting)[1]).toEqual([]);
    expect(run([{ type: 'wake', afresh: true }], connecting)[1]).toEqual([
      { do: 'destroy', link: 1 },
      { do: 'open', link: 2 },
    ]);
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
