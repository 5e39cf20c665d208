import { expect, it } from 'vitest';
import { goKeys, readKey } from './keys.ts';
import { isScreenName } from './screen-names.ts';

it('waits for a letter after g and then opens its screen', () => {
  expect(readKey(goKeys, 'g', false)).toEqual({ act: 'wait' });
  for (const [key, screen] of Object.entries(goKeys)) {
    expect(readKey(goKeys, key, true)).toEqual({ act: 'go', screen });
    expect(isScreenName(screen)).toBe(true);
  }
  expect(readKey(goKeys, 'M', true)).toEqual({ act: 'go', screen: 'messages' });
});

it('leaves every other key to what has the focus', () => {
  expect(readKey(goKeys, 'x', true)).toEqual({ act: 'none' });
  expect(readKey(goKeys, 'toString', true)).toEqual({ act: 'none' });
  expect(readKey(goKeys, 'm', false)).toEqual({ act: 'none' });
  expect(readKey(goKeys, '?', false)).toEqual({ act: 'help' });
  expect(readKey(goKeys, '/', false)).toEqual({ act: 'search' });
});
