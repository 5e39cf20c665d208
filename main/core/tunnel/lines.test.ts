import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineReader } from './lines.ts';

describe('lineReader', () => {
  it('gives the same lines however the bytes are cut', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const got: string[] = [];
        const read = lineReader((text) => got.push(text), 1_000);
        let from = 0;
        for (const cut of [...cuts, bytes.length]) {
          expect(read(bytes.subarray(from, from + cut))).toBe(true);
          from += cut;
        }
        expect(got).toEqual(lines.filter((text) => text !== ''));
      }),
    );
  });

  it('takes CRLF as well', () => {
    const got: string[] = [];
    lineReader((text) => got.push(text), 10)(Buffer.from('a\r\nb\n'));
    expect(got).toEqual(['a', 'b']);
  });

  it('gives up on a line without end', () => {
    const read = lineReader(() => undefined, 8);
    expect(read(Buffer.from('12345678'))).toBe(true);
    expect(read(Buffer.from('9'))).toBe(false);
  });
});
