import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { leavesPrefix } from './service.ts';

it('finds every way to write a dot segment, and takes nothing else for one', () => {
  const piece = fc.constantFrom(
    ...['/', '\\', '%2f', '%5C', '.', '..', '%2e', '%2E', '...', 'a', '%', '2', 'e', 'f', '%25'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const path = pieces.join('');
      const plain = path.replaceAll(/%2e/gi, '.').replaceAll(/%2f|%5c|\\/gi, '/');
      const segments = plain.split('/');
      expect(leavesPrefix(path)).toBe(segments.includes('.') || segments.includes('..'));
    }),
    { numRuns: 5_000 },
  );
});
