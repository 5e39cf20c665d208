import { describe, expect, it } from 'vitest';
import { certificateTone, daysLeft, lifeSpent, renewalDue } from './certificate.ts';
import { messageSize, RobotMessage } from './outgoing.ts';
import { viewSecret } from './secret.ts';
import { canConnect, canDisconnect, tunnelTone, type TunnelState } from './tunnel.ts';

const DAY = 86_400_000;
const life = { notBefore: 0, notAfter: 90 * DAY };

describe('a certificate', () => {
  it.each([
    [-1, 'bad'],
    [0, 'ok'],
    [59 * DAY, 'ok'],
    [60 * DAY, 'warn'],
    [80 * DAY, 'warn'],
    [81 * DAY, 'bad'],
    [91 * DAY, 'bad'],
  ] as const)('at %i ms is %s', (now, tone) => {
    expect(certificateTone(life, now)).toBe(tone);
  });

  it('counts whole days, also past its end', () => {
    expect(daysLeft(life, 0)).toBe(90);
    expect(daysLeft(life, 89.5 * DAY)).toBe(0);
    expect(daysLeft(life, 90.5 * DAY)).toBe(-1);
    expect(lifeSpent(life, 45 * DAY)).toBe(0.5);
    expect(lifeSpent({ notBefore: 5, notAfter: 5 }, 0)).toBe(1);
    expect(renewalDue(life)).toBe(60 * DAY);
  });
});

describe('a tunnel', () => {
  const online = (live: number, clockSkewMs = 0): TunnelState => ({
    phase: 'online',
    since: 0,
    generation: 1,
    sessions: { live, wanted: 2 },
    rttMs: 1,
    clockSkewMs,
  });
  const error = { code: 'RELAY_TIMEOUT', params: {} } as const;
  it.each<[TunnelState, string, boolean, boolean]>([
    [{ phase: 'unenrolled' }, 'idle', false, false],
    [{ phase: 'stopped' }, 'idle', true, false],
    [{ phase: 'connecting', attempt: 0, since: 0 }, 'busy', false, true],
    [online(2), 'ok', false, true],
    [online(1), 'warn', false, true],
    [online(2, -61_000), 'warn', false, true],
    [{ phase: 'waiting', attempt: 1, retryAt: 0, error }, 'bad', true, true],
    [{ phase: 'refused', since: 0, retryAt: 0, error }, 'bad', true, true],
  ])('%j', (state, tone, connect, disconnect) => {
    expect([tunnelTone(state), canConnect(state), canDisconnect(state)]).toEqual([
      tone,
      connect,
      disconnect,
    ]);
  });
});

describe('a robot message', () => {
  it('is measured in bytes where WeCom has a limit', () => {
    expect(messageSize({ msgtype: 'text', text: { content: '你好' } })).toEqual({
      used: 6,
      limit: 2048,
    });
    expect(messageSize({ msgtype: 'markdown_v2', markdown_v2: { content: 'a' } })).toEqual({
      used: 1,
      limit: 4096,
    });
    expect(messageSize({ msgtype: 'file', file: { media_id: 'm' } })).toBeNull();
  });

  it.each([
    { msgtype: 'text' },
    { msgtype: 'news', news: { articles: [] } },
    { msgtype: 'news', news: { articles: [{ title: 't', url: 'javascript:alert(1)' }] } },
    { msgtype: 'image', image: { base64: 'data:image/png;base64,AA==', md5: 'x' } },
    { msgtype: 'template_card', template_card: { card_type: 'vote_interaction' } },
    {
      msgtype: 'template_card',
      template_card: { card_type: 'news_notice', main_title: {}, card_action: { type: 1 } },
    },
    { msgtype: 'unknown' },
  ])('%j is refused', (message) => {
    expect(RobotMessage.safeParse(message).success).toBe(false);
  });
});

it('a secret shows its last three characters, a short one nothing', () => {
  expect(viewSecret(undefined)).toEqual({ set: false });
  expect(viewSecret('')).toEqual({ set: false });
  expect(viewSecret('jWmYm7qr5nMoAUwZa3f')).toEqual({ set: true, hint: '…a3f' });
  expect(viewSecret('abc')).toEqual({ set: true, hint: '…' });
});
