import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionError, errorCode } from './errors.ts';
import { createFrameReader, type FrameReader } from './frame-reader.ts';
import { flag, frameType } from './frames.ts';
import { testRuntime } from '../../tests/support/http2/runtime.ts';
import { frame, paddedData } from '../../tests/support/http2/frames.ts';

/** What a reader told, the pieces of a payload put together. */
function recorder(): { readonly reader: FrameReader<Buffer>; readonly events: string[] } {
  const events: string[] = [];
  let payload: Buffer[] = [];
  const reader = createFrameReader<Buffer>(testRuntime, {
    onData: (id, size) => events.push(`data ${id} ${size}`),
    onPayload: (id, piece) => payload.push(Buffer.from(`${id}:`), piece),
    onDataEnd: (id, endStream) => {
      const bytes = Buffer.concat(payload.filter((_, index) => index % 2 === 1));
      events.push(`end ${id} ${String(endStream)} ${bytes.toString('hex')}`);
      payload = [];
    },
    onFrame: (type, flags, id, bytes) =>
      events.push(`frame ${type} ${flags} ${id} ${bytes.toString('hex')}`),
  });
  return { reader, events };
}

const id = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const payload = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const anyFrame = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 255 }), fc.nat(255), id, payload)
    .map(([type, flags, stream, bytes]) => frame(type, flags, stream, bytes)),
  fc
    .tuple(fc.boolean(), id, payload)
    .map(([end, stream, bytes]) => frame(frameType.DATA, end ? flag.END_STREAM : 0, stream, bytes)),
  fc
    .tuple(fc.boolean(), id, payload, fc.nat(255))
    .map(([end, stream, bytes, padding]) => paddedData(stream, bytes, padding, end)),
);

function errorOf(bytes: Buffer): number | null {
  try {
    recorder().reader.push(bytes);
    return null;
  } catch (error) {
    if (error instanceof ConnectionError) return error.code;
    throw error;
  }
}

describe('a frame reader', () => {
  it('tells the same, however the octets were cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames);
          const whole = recorder();
          whole.reader.push(bytes);
          const cut = recorder();
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = cuts[turn % cuts.length] as number;
            cut.reader.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(cut.events).toEqual(whole.events);
          expect(whole.events.length).toBeGreaterThanOrEqual(frames.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes a payload of 16,384 octets and no more', () => {
    for (const type of [frameType.DATA, frameType.HEADERS, 0xfe]) {
      expect(errorOf(frame(type, 0, 1, Buffer.alloc(16_384)))).toBeNull();
      expect(errorOf(frame(type, 0, 1, Buffer.alloc(16_385)))).toBe(errorCode.FRAME_SIZE_ERROR);
    }
    // Known from the head alone.
    const head = frame(frameType.DATA, 0, 1, Buffer.alloc(16_385)).subarray(0, 9);
    expect(errorOf(head)).toBe(errorCode.FRAME_SIZE_ERROR);
  });

  it('refuses padding that does not fit, and takes padding that is all there is', () => {
    const padded = (payloadHex: string): Buffer =>
      frame(frameType.DATA, flag.PADDED, 1, Buffer.from(payloadHex, 'hex'));
    expect(errorOf(padded(''))).toBe(errorCode.FRAME_SIZE_ERROR);
    expect(errorOf(padded('01'))).toBe(errorCode.PROTOCOL_ERROR);
    expect(errorOf(padded('0300'))).toBe(errorCode.PROTOCOL_ERROR);
    expect(errorOf(padded('00'))).toBeNull();
    expect(errorOf(padded('020000'))).toBeNull();
  });

  it('leaves the reserved bit of a stream out of account', () => {
    const bytes = frame(frameType.PING, 0, 5, Buffer.alloc(8));
    bytes[5] = 0x80;
    const { reader, events } = recorder();
    reader.push(bytes);
    expect(events).toEqual(['frame 6 0 5 0000000000000000']);
  });
});
