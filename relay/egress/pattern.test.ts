import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './address.ts';
import { findPattern, parseDestination, parsePattern } from './pattern.ts';

describe('patterns', () => {
  it.each([
    '',
    '*',
    'host',
    'host:',
    ':1',
    '*:443',
    '*.:443',
    'a:0',
    'a:70000',
    'a b:1',
    'ä.de:1',
    'a/b:1',
  ])('refuses %j', (text) => {
    expect(() => parsePattern(text)).toThrow('BAD_INPUT');
  });

  it('covers names below a wildcard and nothing beside it', () => {
    const patterns = [parsePattern('*.weixin.qq.com:443')];
    const covers = (host: string): boolean => findPattern(patterns, { host, port: 443 }) !== null;
    expect(['qyapi.weixin.qq.com', 'a.b.weixin.qq.com'].map(covers)).toEqual([true, true]);
    expect(['weixin.qq.com', 'evilweixin.qq.com', 'weixin.qq.com.evil.test'].map(covers)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('reads what it writes, in any case and with a final dot', () => {
    fc.assert(
      fc.property(fc.domain(), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
        expect(parseDestination(`${host.toUpperCase()}.:${port}`)).toEqual({
          host: host.toLowerCase(),
          port,
        });
        expect(
          findPattern([parsePattern(`${host}:${port}`)], { host: host.toLowerCase(), port }),
        ).not.toBeNull();
      }),
    );
  });

  it('never throws on a destination', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const destination = parseDestination(text);
        expect(destination === null || destination.port > 0).toBe(true);
      }),
    );
  });
});

describe('addresses', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.100.100.200',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    '2002:7f00:1::',
    'localhost',
    '',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '101.226.129.166', '172.32.0.1', '2400:3200::1', '2606:4700::1111'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});
