import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionError, errorCode } from './errors.ts';
import { createHpackDecoder } from './hpack-decoder.ts';
import { createHpackEncoder } from './hpack-encoder.ts';
import { testRuntime } from '../../tests/support/http2/runtime.ts';

type Field = readonly [name: string, value: string];
type Step =
  | { readonly kind: 'block'; readonly fields: readonly Field[] }
  | { readonly kind: 'resize'; readonly size: number };

const names = [':path', 'accept', 'cookie', 'x-a', 'x-b', 'user-agent', 'content-type', 'x-long'];
const latin1 = fc
  .array(fc.integer({ min: 32, max: 255 }), { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'gzip, deflate', '/', 'x'.repeat(200)) },
  { weight: 3, arbitrary: latin1 },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 6_000 }).map((size) => 'l'.repeat(size)) },
);
const field: fc.Arbitrary<Field> = fc.tuple(fc.constantFrom(...names), value);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('block' as const),
      fields: fc.array(field, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      size: fc.oneof(fc.constantFrom(0, 31, 32, 64, 4_096, 65_536), fc.nat(5_000)),
    }),
  },
);

function codeOf(run: () => void): number | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof ConnectionError) return error.code;
    throw error;
  }
}

function decode(decoder: ReturnType<typeof createHpackDecoder>, block: Buffer): Field[] {
  const fields: Field[] = [];
  decoder.decode(block, (name, text) => fields.push([name, text]));
  return fields;
}

describe('an HPACK encoder and a decoder', () => {
  it('stay in step over any sequence of blocks and sizes of the table', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const encoder = createHpackEncoder(testRuntime);
        const decoder = createHpackDecoder(testRuntime);
        for (const one of steps) {
          if (one.kind === 'resize') encoder.resize(one.size);
          else {
            for (const [name, text] of one.fields) encoder.add(name, text);
            expect(decode(decoder, encoder.take())).toEqual(one.fields);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('says a smaller size and the last one when both came between two blocks', () => {
    const encoder = createHpackEncoder(testRuntime);
    encoder.resize(0);
    encoder.resize(4_096);
    encoder.add(':method', 'GET');
    expect(encoder.take().toString('hex')).toBe('203fe11f82');
    encoder.resize(65_536);
    encoder.add(':method', 'GET');
    expect(encoder.take().toString('hex')).toBe('82');
  });

  it('never keeps a field that tells a secret, nor offers it to others to keep', () => {
    const encoder = createHpackEncoder(testRuntime);
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) {
      for (let round = 0; round < 2; round += 1) {
        encoder.add(name, 'secret');
        const [first = 0] = encoder.take();
        expect(first >> 4).toBe(1);
      }
    }
  });
});

describe('an HPACK decoder', () => {
  it('empties its table for an entry that is larger', () => {
    const decoder = createHpackDecoder(testRuntime);
    decode(decoder, Buffer.from('4001610162', 'hex'));
    expect(decode(decoder, Buffer.from('be', 'hex'))).toEqual([['a', 'b']]);
    const large = Buffer.concat([Buffer.from('400161', 'hex'), Buffer.of(127, 0x81, 0x20)]);
    const block = Buffer.concat([large, Buffer.alloc(4_224, 'v')]);
    expect(decode(decoder, block)).toEqual([['a', 'v'.repeat(4_224)]]);
    expect(codeOf(() => decode(decoder, Buffer.from('be', 'hex')))).toBe(
      errorCode.COMPRESSION_ERROR,
    );
  });

  it('names an entry by one that goes as it comes', () => {
    const decoder = createHpackDecoder(testRuntime);
    // A table with room for one entry of 34 octets.
    decode(decoder, Buffer.from('3f034001610162', 'hex'));
    expect(decode(decoder, Buffer.from('7e0163be', 'hex'))).toEqual([
      ['a', 'c'],
      ['a', 'c'],
    ]);
  });

  it.each([
    ['index 0', '80'],
    ['an index behind both tables', 'be'],
    ['the name of an entry that is not there', '7e0161'],
    ['a block that ends in an integer', 'ff'],
    ['a block that ends in a name', '400561'],
    ['a block that ends before a value', '400161'],
    ['an integer without end', 'ff8080808080808080'],
    ['a table size above what we allow', '3fe21f'],
    ['a table size behind a field', '8220'],
    ['Huffman: EOS', '008 4ffffffff 00'.replaceAll(' ', '')],
    ['Huffman: padding of eight bits', '00821fff00'],
    ['Huffman: padding with zeros', '00811800'],
  ])('refuses %s', (_, hex) => {
    const run = (): unknown => decode(createHpackDecoder(testRuntime), Buffer.from(hex, 'hex'));
    expect(codeOf(run)).toBe(errorCode.COMPRESSION_ERROR);
  });

  it('throws nothing but COMPRESSION_ERROR, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 8 }), (blocks) => {
        const decoder = createHpackDecoder(testRuntime);
        for (const block of blocks) {
          const code = codeOf(() => decode(decoder, Buffer.from(block)));
          if (code !== null) {
            expect(code).toBe(errorCode.COMPRESSION_ERROR);
            return;
          }
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
