import { expect, it } from 'vitest';
import { api } from './api.ts';
import { callNames, topicNames } from './names.ts';

it('names are those of the contract', () => {
  const entries = Object.entries(api);
  expect([...callNames].toSorted()).toEqual(
    entries
      .filter(([, spec]) => spec.kind === 'call')
      .map(([name]) => name)
      .toSorted(),
  );
  expect([...topicNames].toSorted()).toEqual(
    entries
      .filter(([, spec]) => spec.kind === 'topic')
      .map(([name]) => name)
      .toSorted(),
  );
});
