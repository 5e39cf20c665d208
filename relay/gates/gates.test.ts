import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestHead, type RequestHead } from '../ingress/request-head.ts';
import { createAccessGate } from './access.ts';
import { clientAddress } from './client-address.ts';
import { createConnectionLimit } from './connection-limit.ts';
import { createReplayMemory } from './replay-memory.ts';
import { createSourceList, plainAddress } from './source-list.ts';
import { createTokenBuckets } from './token-bucket.ts';

function head(path: string, remoteAddress = '192.0.2.1'): RequestHead {
  const raw = { method: 'GET', path, authority: 'bot.test', headers: {}, remoteAddress };
  return requestHead({ ...raw, isGated: false }, 0);
}

describe('addresses', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:1::5', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::1', '::1', true],
    ['::ffff:192.0.2.0/120', '192.0.2.9', true],
    ['::ffff:c000:0207', '192.0.2.7', true],
    ['192.0.2.0/24', 'not an address', false],
  ])('%s has %s: %s', (block, address, expected) => {
    expect(createSourceList([block]).has(address)).toBe(expected);
  });

  it('writes an IPv4 address one way, however it comes', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        expect(plainAddress(`::ffff:${address}`)).toBe(address);
        expect(plainAddress(hex)).toBe(address);
        expect(plainAddress(address)).toBe(address);
      }),
    );
    expect(plainAddress('fe80::1%eth0')).toBe('fe80::1');
  });
});

describe('white-lists', () => {
  const access = {
    paths: ['/wecom/callback', '/files/*', '/v1*'],
    sources: ['192.0.2.0/24', '2001:db8::/64'],
  };
  const gate = createAccessGate((tunnel) => (tunnel === 'acme' ? access : null));

  it.each([
    ['/wecom/callback', null],
    ['/wecom/callback?a=b', null],
    ['/files/a/b', null],
    ['/files/', null],
    ['/v1beta', null],
    ['/files', 'PATH_NOT_ALLOWED'],
    ['/wecom/callback/', 'PATH_NOT_ALLOWED'],
    ['/wecom/callback2', 'PATH_NOT_ALLOWED'],
    ['/WeCom/callback', 'PATH_NOT_ALLOWED'],
    ['/files/../admin', 'PATH_NOT_ALLOWED'],
    ['/files/%2e%2E/admin', 'PATH_NOT_ALLOWED'],
    ['/files/.', 'PATH_NOT_ALLOWED'],
    ['/files/..%2fadmin', 'PATH_NOT_ALLOWED'],
    ['/files/..\\admin', 'PATH_NOT_ALLOWED'],
    ['/files/..;/admin', 'PATH_NOT_ALLOWED'],
    ['/files/..;a=b/admin', 'PATH_NOT_ALLOWED'],
    ['/files/%2e%2e%3bx/admin', 'PATH_NOT_ALLOWED'],
    ['/files/%252e%252e/admin', 'PATH_NOT_ALLOWED'],
    ['/files/x%252fy', 'PATH_NOT_ALLOWED'],
    ['/files/a;v=1/b', null],
    ['/files/..a', null],
    ['/files/100%25', null],
    ['/', 'PATH_NOT_ALLOWED'],
  ])('%s: %s', (path, code) => {
    expect(gate(head(path), 'acme')?.code ?? null).toBe(code);
  });

  it('asks for the source first, and nothing of a tunnel without lists', () => {
    expect(gate(head('/', '198.51.100.1'), 'acme')).toEqual({
      status: 403,
      code: 'SOURCE_NOT_ALLOWED',
    });
    expect(gate(head('/files/x', '2001:db8::9'), 'acme')).toBeNull();
    expect(gate(head('/anything', '198.51.100.1'), 'other')).toBeNull();
    const open = createAccessGate(() => ({ paths: [], sources: [] }));
    expect(open(head('/anything', ''), 'acme')).toBeNull();
  });
});

describe('X-Forwarded-For', () => {
  const trusted = createSourceList(['10.0.0.0/8', '::1']);
  it.each([
    ['10.0.0.1', '203.0.113.5', '203.0.113.5'],
    ['10.0.0.1', '1.1.1.1, 203.0.113.5', '203.0.113.5'],
    ['10.0.0.1', '203.0.113.5, 10.2.3.4', '203.0.113.5'],
    ['10.0.0.1', '10.9.9.9', '10.9.9.9'],
    ['10.0.0.1', '203.0.113.5:4711', '203.0.113.5'],
    ['::1', '[2001:db8::5]:443', '2001:db8::5'],
    ['10.0.0.1', '203.0.113.5, unknown', '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['198.51.100.1', '203.0.113.5', '198.51.100.1'],
  ])('of %s saying "%s" is %s', (peer, field, expected) => {
    expect(clientAddress(peer, field, trusted)).toBe(expected);
    if (expected !== peer) expect(clientAddress(peer, field, null)).toBe(peer);
  });

  it('cannot be made so long that the proxy itself is taken for the client', () => {
    const long = `${'6.6.6.6, '.repeat(1_000)}203.0.113.5`;
    expect(clientAddress('10.0.0.1', long, trusted)).toBe('203.0.113.5');
    expect(clientAddress('10.0.0.1', `${'x'.repeat(5_000)}, 203.0.113.5`, trusted)).toBe(
      '203.0.113.5',
    );
  });

  it('is not read without end', () => {
    expect(clientAddress('10.0.0.1', `203.0.113.5,${'10.1.1.1,'.repeat(1_000)}`, trusted)).toBe(
      '10.0.0.1',
    );
  });
});

describe('a token bucket', () => {
  it('lets so many pass in a second, and keeps a quarter for callbacks', () => {
    let now = 0;
    const buckets = createTokenBuckets(() => now);
    const pass = (urgent: boolean): number =>
      Array.from({ length: 20 }, () => buckets.take('acme', 8, urgent)).filter((ms) => ms === 0)
        .length;
    expect([pass(false), pass(true), pass(true)]).toEqual([6, 2, 0]);
    expect(buckets.take('acme', 8, true)).toBe(125);
    now += 125;
    expect(buckets.take('acme', 8, false)).toBeGreaterThan(0);
    expect(buckets.take('acme', 8, true)).toBe(0);
    expect(buckets.take('other', 8, false)).toBe(0);
    now += 3_600_000;
    expect(pass(true)).toBe(8);
  });

  it('never lets more pass than the rate and one second’s worth', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }),
        (rate, steps) => {
          let now = 0;
          const buckets = createTokenBuckets(() => now);
          let passed = 0;
          for (const step of steps) {
            now += step;
            if (buckets.take('acme', rate, true) === 0) passed += 1;
          }
          expect(passed).toBeLessThanOrEqual(rate + (now * rate) / 1000 + 1e-6);
        },
      ),
    );
  });
});

describe('memories', () => {
  it('admits what WeCom may repeat, and no more', () => {
    let now = 0;
    const memory = createReplayMemory({ keepMs: 600_000, now: () => now });
    const five = Array.from({ length: 5 }, () => memory.admit('a'));
    expect(five).toEqual([true, true, true, true, false]);
    expect(memory.admit('b')).toBe(true);
    now += 30_001;
    expect(memory.admit('b')).toBe(false);
  });

  it('forgets by age and never grows beyond its limit', () => {
    let now = 0;
    const memory = createReplayMemory({ keepMs: 1_000, now: () => now, limit: 100 });
    for (let at = 0; at < 1_000; at += 1) memory.admit(String(at));
    expect(memory.size()).toBe(100);
    now += 1_001;
    memory.admit('fresh');
    expect(memory.size()).toBe(1);
  });

  it('counts connections by source and forgets sources without any', () => {
    const limit = createConnectionLimit(2);
    expect([limit.enter('a'), limit.enter('a'), limit.enter('a'), limit.enter('b')]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    limit.leave('a');
    expect(limit.enter('a')).toBe(true);
    for (const source of ['a', 'a', 'b']) limit.leave(source);
    expect(limit.sources()).toBe(0);
  });
});
