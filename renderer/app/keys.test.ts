import { expect, it } from 'vitest';
import { goKeys, readKey } from './keys.ts';
import { isScreenName } from './screen-names.ts';

it('waits for a letter after g and then opens its screen', () => {
  expect(readKey('g', false)).toEqual({ act: 'wait' });
  for (const [key, screen] of Object.entries(goKeys)) {
    expect(readKey(key, true)).toEqual({ act: 'go', screen });
    expect(isScreenName(screen)).toBe(true);
  }
  expect(readKey('M', true)).toEqual({ act: 'go', screen: 'messages' });
});

it('leaves every other key to what has the focus', () => {
  expect(readKey('x', true)).toEqual({ act: 'none' });
  expect(readKey('m', false)).toEqual({ act: 'none' });
  expect(readKey('?', false)).toEqual({ act: 'help' });
  expect(readKey('/', false)).toEqual({ act: 'search' });
});
