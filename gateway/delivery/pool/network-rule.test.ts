import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { ADDRESS_REFUSED, createNetworkRule, ruledLookup } from './network-rule.ts';

describe('R20: a target may be', () => {
  const rule = createNetworkRule();
  it.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '192.168.0.9',
    '172.16.5.5',
    'fd12:3456::1',
    '8.8.8.8',
    '64:ff9b::a01:203',
    '2002:808:808::1',
  ])('at %s', (address) => expect(rule(address)).toBe(true));
  it.each([
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    'fe80::1%eth0',
    '100.100.100.200',
    'fd00:ec2::254',
    'fd00:0ec2:0:0:0:0:0:254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::169.254.169.254',
    '64:ff9b::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:0:0:0:0:6464:64c8',
    '2002:a9fe:a9fe::1',
    '2002:a9fe:a9fe:1:2:3:4:5',
    '::ffff:0:169.254.169.254',
    '[fe80::1]',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    'ff02::1',
    '::',
    'no address',
  ])('not at %s', (address) => expect(rule(address)).toBe(false));

  it('where the operator says so', () => {
    const lax = createNetworkRule(['169.254.169.0/24', 'fe80::/64', '100.100.100.200']);
    expect(['169.254.169.254', '169.254.1.1', 'fe80::9', '100.100.100.200'].map(lax)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it.each(['10.0.0.0/33', 'example.com', '10.0.0.0/', '10.0.0/8', ''])(
    'an exception that is no network is refused: %s',
    (network) => expect(() => createNetworkRule([network])).toThrow('CONFIG_INVALID'),
  );
});

describe('a name', () => {
  /** Answers each question with the next entry. */
  function resolver(...answers: LookupAddress[][]) {
    const resolve = (
      _name: string,
      _options: unknown,
      done: (e: null, a: LookupAddress[]) => void,
    ) => done(null, answers.shift() ?? []);
    return ruledLookup(createNetworkRule(), resolve as never);
  }
  const ask = (lookup: ReturnType<typeof ruledLookup>, all: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      lookup('svc.internal', { all }, (error, address) => {
        if (error === null) resolve(address);
        else reject(error);
      });
    });

  it('keeps its allowed addresses only', async () => {
    const mixed = [
      { address: '169.254.169.254', family: 4 },
      { address: '10.0.0.5', family: 4 },
    ];
    expect(await ask(resolver(mixed), true)).toEqual([{ address: '10.0.0.5', family: 4 }]);
    expect(await ask(resolver(mixed), false)).toBe('10.0.0.5');
  });

  it('that is rebound to a metadata address between two connections is refused at the second', async () => {
    const lookup = resolver(
      [{ address: '10.0.0.5', family: 4 }],
      [{ address: '169.254.169.254', family: 4 }],
    );
    expect(await ask(lookup, false)).toBe('10.0.0.5');
    await expect(ask(lookup, false)).rejects.toMatchObject({ code: ADDRESS_REFUSED });
  });
});
