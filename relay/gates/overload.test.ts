import { afterEach, describe, expect, it } from 'vitest';
import { bothVersions } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import { watchOverload, type Strain } from './overload.ts';

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** Keeps the event loop busy, as too much work does. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('the event loop’s delay', () => {
  it('counts when it lasts, and is over when it is over', async () => {
    const overload = watchOverload(100);
    block(600);
    await tick();
    block(600);
    await tick();
    expect(overload.delayMs()).toBeGreaterThan(100);
    expect(overload.strain()).not.toBe('none');
    await expect.poll(() => overload.strain()).toBe('none');
    overload.stop();
  });
});

describe.each(bothVersions)('an overloaded relay over %s', (_version, call) => {
  let to: TestRelay;
  afterEach(async () => {
    await to.close();
  });

  it('sheds ordinary requests first, and callbacks without a status', async () => {
    let strain: Strain = 'none';
    to = await startRelay({
      overload: { strain: () => strain, delayMs: () => 0, stop: () => undefined },
    });
    await to.connect({
      onStream: (stream) => stream.respond({ ':status': 200 }, { endStream: true }),
    });
    const callback = { path: '/wecom/callback/a', body: 'x' };
    const outcomes = async (): Promise<(number | string)[]> => {
      const answers = [call(to, { path: '/' }), call(to, callback)];
      const settled = await Promise.allSettled(answers);
      return settled.map((one) => (one.status === 'fulfilled' ? one.value.status : 'broken'));
    };
    expect(await outcomes()).toEqual([200, 200]);
    strain = 'shed';
    expect(await outcomes()).toEqual([503, 200]);
    const refused = await call(to, { path: '/' });
    expect([refused.headers['retry-after'], refused.headers['x-causeway-error']]).toEqual([
      '1',
      'BUSY',
    ]);
    strain = 'overwhelmed';
    expect(await outcomes()).toEqual([503, 'broken']);
    strain = 'none';
    expect(await outcomes()).toEqual([200, 200]);
  });
});
