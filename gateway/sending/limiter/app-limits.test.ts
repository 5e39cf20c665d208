import { expect, it } from 'vitest';
import { appLimits } from '../../../common/domain/app-message.ts';
import type { App } from '../app-client/app-client.ts';
import type { BotConfig } from '../../types.ts';
import type { Use } from '../outbox/outbox-store.ts';
import { createAppLimits } from './app-limits.ts';

const appOf = (corpId: string, agentId = 1): App => ({
  bot: { id: `${corpId}-${agentId}`, kind: 'app', receiveId: corpId, target: null },
  agentId,
  credentials: { base: 'https://wecom.example', corpId, secret: String(agentId) },
});
const toAll = { msgtype: 'text', text: { content: 'x' }, touser: '@all' } as const;

/** What is kept on the disk, in memory. */
function shelf() {
  const uses: Use[] = [];
  return {
    uses,
    usage: (key: string) =>
      uses.filter((use) => use.key === key).map(({ at, weight }) => ({ at, count: weight })),
    calendar: () => ({ ends: [], pausedUntil: 0 }),
    pauseRobot: () => Promise.resolve(),
  };
}

it('a corp makes 10,000 calls a minute, whichever of its apps does, and after a restart too', () => {
  let now = 1_700_000_000_000;
  const store = shelf();
  const exitOf = () => 'direct';
  const options = { store, now: () => now, openMs: 10_000, exitOf };
  let limits = createAppLimits(options);
  for (let n = 0; n < appLimits.callsPerMinute; n += 1) {
    const room = limits.reserve(appOf('ww1', 1 + (n % 2)), toAll);
    if (room.kind !== 'go') throw new Error(`refused after ${n}`);
    store.uses.push(...room.uses.at(now));
    room.uses.handle.end(now);
  }
  expect(limits.quota(appOf('ww1')).remaining).toBe(0);
  for (const restart of [false, true]) {
    if (restart) limits = createAppLimits(options);
    const room = limits.reserve(appOf('ww1', 3), toAll);
    expect(room).toEqual({ kind: 'wait', until: now + 61_000 });
    expect(limits.freeAt(appOf('ww1'), null, 10_000)).toBe(now + 121_000);
    expect(limits.reserve(appOf('ww2'), toAll).kind).toBe('go');
  }
  now += 61_000;
  expect(limits.reserve(appOf('ww1'), toAll).kind).toBe('go');
});

it('an address makes 20,000 calls a minute, whichever corps make them; another way out has its own', () => {
  let now = 1_700_000_000_000;
  const store = shelf();
  const exitOf = ({ egress = 'direct' }: BotConfig) => egress;
  const options = { store, now: () => now, openMs: 10_000, exitOf };
  let limits = createAppLimits(options);
  for (let n = 0; n < appLimits.addressCallsPerMinute; n += 1) {
    const room = limits.reserve(appOf(`ww${n % 4}`), toAll);
    if (room.kind !== 'go') throw new Error(`refused after ${n}`);
    store.uses.push(...room.uses.at(now));
    room.uses.handle.end(now);
  }
  for (const restart of [false, true]) {
    if (restart) limits = createAppLimits(options);
    expect(limits.reserve(appOf('ww0'), toAll)).toEqual({ kind: 'wait', until: now + 61_000 });
    const other = appOf('ww0');
    const away = { ...other, bot: { ...other.bot, egress: 'relay' as const } };
    expect(limits.reserve(away, toAll).kind).toBe('go');
  }
  now += 61_000;
  expect(limits.reserve(appOf('ww9'), toAll).kind).toBe('go');
});
