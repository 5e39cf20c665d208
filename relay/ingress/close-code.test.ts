import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCloseCodeReader } from './close-code.ts';

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly mask: boolean;
}

/** RFC 6455 §5.2, written down for the test by itself. */
function encode({ opcode, payload, mask }: Frame): Buffer {
  const { length } = payload;
  const size = length < 126 ? [length] : length < 65_536 ? [126] : [127];
  const extended = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (extended.length === 2) extended.writeUInt16BE(length);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length));
  const head = Buffer.from([0x80 | opcode, (mask ? 0x80 : 0) | size[0]!]);
  if (!mask) return Buffer.concat([head, extended, payload]);
  const key = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  const masked = Buffer.from(payload.map((byte, at) => byte ^ key[at % 4]!));
  return Buffer.concat([head, extended, key, masked]);
}

const message = (size: number, mask: boolean): Buffer =>
  encode({ opcode: 2, payload: Buffer.alloc(size, 0x88), mask });
const ping = (mask: boolean): Buffer => encode({ opcode: 9, payload: Buffer.from('p'), mask });
function close(mask: boolean, code?: number): Buffer {
  const payload = Buffer.from(code === undefined ? [] : [code >> 8, code & 255, 0x62, 0x79]);
  return encode({ opcode: 8, payload, mask });
}

it('finds the code behind any messages, however the bytes are cut', () => {
  const sizes = fc.array(fc.constantFrom(0, 1, 125, 126, 65_535, 65_536), { maxLength: 4 });
  const codes = fc.constantFrom(1000, 1001, 1008, 1011, 3000, 4999);
  fc.assert(
    fc.property(sizes, codes, fc.boolean(), fc.integer({ min: 1, max: 70_000 }), (...drawn) => {
      const [lengths, code, mask, cut] = drawn;
      const messages = lengths.map((size) => message(size, mask));
      const bytes = Buffer.concat([...messages, ping(mask), close(mask, code)]);
      const reader = createCloseCodeReader();
      const tail = 40;
      for (let at = 0; at < bytes.length - tail; at += cut) {
        reader.read(bytes.subarray(at, Math.min(at + cut, bytes.length - tail)));
      }
      // The last ones one by one: the code itself is cut too.
      for (const byte of bytes.subarray(Math.max(0, bytes.length - tail))) {
        reader.read(Buffer.from([byte]));
      }
      expect(reader.code()).toBe(code);
    }),
    { numRuns: 60 },
  );
});

it('says 1005 for a close without a code, and nothing for what is no close', () => {
  const reader = createCloseCodeReader();
  reader.read(message(300, true));
  expect(reader.code()).toBeNull();
  reader.read(close(true));
  expect(reader.code()).toBe(1005);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
      const other = createCloseCodeReader();
      other.read(Buffer.from(junk));
      const code = other.code();
      return code === null || (code >= 0 && code <= 65_535);
    }),
  );
});
