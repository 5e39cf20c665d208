import { expect, test } from 'vitest';
import { formatLine } from '../core/index.ts';

test('an entry becomes one line with its fields, anything else stays', () => {
  const entry = {
    seq: 1,
    time: new Date(2026, 0, 1, 14, 3, 59).getTime(),
    level: 'warn',
    module: 'tunnel',
    message: 'lost',
    fields: { code: 'SESSION_LOST', attempt: 2 },
  };
  expect(formatLine(JSON.stringify(entry))).toBe(
    '14:03:59 warn  tunnel   lost  code=SESSION_LOST  attempt=2',
  );
  expect(formatLine('{broken')).toBe('{broken');
});
