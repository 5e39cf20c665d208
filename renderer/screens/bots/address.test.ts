import { expect, test } from 'vitest';
import { callbackAddress } from './address.ts';

test('one slash between the public address and the path; nothing without either', () => {
  expect(callbackAddress('https://a.example', '/wecom/callback/b')).toBe(
    'https://a.example/wecom/callback/b',
  );
  expect(callbackAddress('https://a.example//', '/wecom/callback/b')).toBe(
    'https://a.example/wecom/callback/b',
  );
  expect(callbackAddress(null, '/x')).toBeNull();
  expect(callbackAddress('https://a.example', null)).toBeNull();
});
