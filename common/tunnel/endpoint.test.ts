import { expect, it } from 'vitest';
import { readEndpoint, readFingerprint } from './endpoint.ts';

it.each([
  ['relay.example.com:2222', { host: 'relay.example.com', port: 2222 }],
  [' Relay.Example.COM:443 ', { host: 'relay.example.com', port: 443 }],
  ['[2001:db8::1]:2222', { host: '2001:db8::1', port: 2222 }],
  ['10.0.0.5:1', { host: '10.0.0.5', port: 1 }],
])('reads %j', (text, endpoint) => {
  expect(readEndpoint(text)).toEqual(endpoint);
});

it.each(['', 'relay', 'relay:0', 'relay:65536', 'relay:x', '2001:db8::1:2222', 'https://relay:1'])(
  'refuses %j',
  (text) => {
    expect(readEndpoint(text)).toBeNull();
  },
);

it('reads a fingerprint with colons and without, and nothing shorter', () => {
  const hex = 'ab'.repeat(32);
  expect(readFingerprint(hex)).toBe(hex);
  expect(readFingerprint(` ${'AB:'.repeat(31)}AB\n`)).toBe(hex);
  expect(readFingerprint(hex.slice(1))).toBeNull();
  expect(readFingerprint(`${hex.slice(1)}g`)).toBeNull();
});
