import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allowedHosts, refusalOf, type RequestFacts } from './guard.ts';

const hosts = allowedHosts(4_000);
const own: RequestFacts = {
  host: '127.0.0.1:4000',
  origin: 'http://127.0.0.1:4000',
  secFetchSite: 'same-origin',
};

test('the console itself passes, by each of its names', () => {
  for (const host of hosts) {
    expect(refusalOf({ ...own, host, origin: `http://${host}` }, hosts, true)).toBeNull();
  }
  expect(refusalOf({ ...own, origin: undefined, secFetchSite: 'none' }, hosts, false)).toBeNull();
  expect(refusalOf({ ...own, secFetchSite: undefined }, hosts, true)).toBeNull();
});

test('a missing or empty Host, and a missing Origin where one is needed, do not', () => {
  expect(refusalOf({ ...own, host: undefined }, hosts, false)).toBe('host');
  expect(refusalOf({ ...own, host: '' }, hosts, false)).toBe('host');
  expect(refusalOf({ ...own, origin: undefined }, hosts, true)).toBe('origin');
});

test('nothing else passes', () => {
  fc.assert(
    fc.property(fc.webUrl(), fc.string(), (url, text) => {
      const { host, origin } = new URL(url);
      expect(refusalOf({ ...own, host, origin }, hosts, true)).toBe('host');
      expect(refusalOf({ ...own, origin }, hosts, true)).toBe('origin');
      expect(refusalOf({ ...own, secFetchSite: `x${text}` }, hosts, true)).toBe('site');
    }),
  );
});
