import { expect, it } from 'vitest';
import { Settings } from '../../../common/domain/settings.ts';
import { controls } from './controls.tsx';
import { sections } from './sections.ts';

it('shows every setting of the contract, each once', () => {
  const shown = sections.flatMap(({ keys }): readonly string[] => keys);
  expect(shown.toSorted()).toEqual(Object.keys(Settings.shape).toSorted());
  expect(Object.keys(controls).toSorted()).toEqual(shown.toSorted());
});
