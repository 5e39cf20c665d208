import type { LookupAddress } from 'node:dns';
import { Agent, request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import type { Egress } from '../../types.ts';
import { startFaulty } from '../../testing/pool.ts';
import { createAddressGuard, type AddressGuard } from './address-guard.ts';
import { ADDRESS_REFUSED } from './network-rule.ts';

function guard(addresses: string[], allowed: string[] = []): AddressGuard {
  const resolve = (_: string, __: unknown, done: (e: null, a: LookupAddress[]) => void): void =>
    done(null, [{ address: addresses.shift() ?? '', family: 4 }]);
  const made = createAddressGuard(() => allowed, resolve as never);
  onTestFinished(() => made.close());
  return made;
}

const unused: Egress = {
  via: 'direct',
  ip: () => null,
  dispatcher: () => {
    throw new Error('nothing may leave past the guard');
  },
};
const ask = (made: AddressGuard, url: URL) =>
  request(url, { dispatcher: made.dispatcher(url, unused), reset: true });

it('connects to what a name means only where that is allowed, each time anew', async () => {
  const service = await startFaulty();
  const url = new URL(`http://files.wecom.example:${service.port}/`);
  const made = guard(['127.0.0.1', '169.254.169.254']);
  expect((await ask(made, url)).statusCode).toBe(204);
  await expect(ask(made, url)).rejects.toMatchObject({ code: ADDRESS_REFUSED });
  expect(service.hits()).toBe(1);
});

it.each(['http://169.254.169.254/', 'http://[fe80::1]/', 'http://[::ffff:a9fe:a9fe]/'])(
  '%s is refused on every way',
  (url) => {
    for (const via of ['direct', 'relay'] as const) {
      expect(() => guard([]).dispatcher(new URL(url), { ...unused, via })).toThrow(
        'TARGET_ADDRESS_REFUSED',
      );
    }
  },
);

it('leaves names to the relay, and takes the operator’s exceptions', () => {
  const agent = new Agent();
  const relay: Egress = { via: 'relay', ip: () => null, dispatcher: () => agent };
  expect(guard([]).dispatcher(new URL('https://a.example/'), relay)).toBe(agent);
  const excepted = guard([], ['169.254.10.0/24']);
  expect(() => excepted.dispatcher(new URL('http://169.254.10.9/'), unused)).not.toThrow();
});
