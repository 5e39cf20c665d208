import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostOf, normaliseDomain } from './domain-name.ts';
import { createHostTable } from './host-table.ts';

describe('the host table', () => {
  const table = createHostTable();
  table.load([
    { name: 'exact', domains: ['bot.example.com', '192.0.2.1'] },
    { name: 'wide', domains: ['*.example.com'] },
    { name: 'narrow', domains: ['*.sub.example.com'] },
  ]);

  it.each([
    ['bot.example.com', 'exact'],
    ['BOT.Example.COM:8443', 'exact'],
    ['bot.example.com.', 'exact'],
    ['192.0.2.1:443', 'exact'],
    ['other.example.com', 'wide'],
    ['a.b.example.com', 'wide'],
    ['a.sub.example.com', 'narrow'],
    ['sub.example.com', 'wide'],
    ['example.com', null],
    ['badexample.com', null],
    ['bot.example.com.evil.test', null],
    ['', null],
    ['[::1]:443', null],
    ['constructor', null],
  ])('finds %j in %j', (authority, tunnel) => {
    expect(table.find(authority)).toBe(tunnel);
  });

  it('never throws, and finds every name below a wildcard', () => {
    fc.assert(
      fc.property(fc.string(), fc.domain(), (text, domain) => {
        expect(() => table.find(text)).not.toThrow();
        expect(table.find(`${domain}.sub.example.com`)).toBe('narrow');
      }),
    );
  });

  it('forgets what it is not told again', () => {
    const other = createHostTable();
    other.load([{ name: 'a', domains: ['a.test'] }]);
    other.load([]);
    expect(other.find('a.test')).toBeNull();
  });
});

describe('domain names', () => {
  it('are kept in one form', () => {
    expect(normaliseDomain(' Bot.Example.COM. ')).toBe('bot.example.com');
    fc.assert(
      fc.property(fc.domain(), (domain) => {
        const stored = normaliseDomain(domain);
        expect(normaliseDomain(stored.toUpperCase())).toBe(stored);
        expect(hostOf(`${domain.toUpperCase()}:443`)).toBe(stored);
      }),
    );
  });

  it.each([
    '',
    '.',
    '*',
    '*.com',
    'a..b',
    '-a.test',
    'a-.test',
    'a_b.test',
    'a.test/x',
    'ä.test',
    'a.*.test',
    `${'a'.repeat(64)}.test`,
  ])('refuse %j', (text) => {
    expect(() => normaliseDomain(text)).toThrow('BAD_INPUT');
  });
});
