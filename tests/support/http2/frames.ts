import { flag, frameType } from '../../../common/http2/frames.ts';

/** A frame as RFC 9113 §4.1 draws it, whether it makes sense or not. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

export function paddedData(
  streamId: number,
  payload: Buffer,
  padding: number,
  endStream: boolean,
): Buffer {
  const flags = flag.PADDED | (endStream ? flag.END_STREAM : 0);
  const parts = [Buffer.of(padding), payload, Buffer.alloc(padding)];
  return frame(frameType.DATA, flags, streamId, Buffer.concat(parts));
}

export function uint32(...values: readonly number[]): Buffer {
  const payload = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) payload.writeUInt32BE(value >>> 0, index * 4);
  return payload;
}

/** SETTINGS of these pairs. */
export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  for (const [index, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(frameType.SETTINGS, 0, 0, payload);
}

/** A header block of literals without Huffman and without indexing (RFC 7541 §6.2.2), for texts under 127 octets. */
export function literalBlock(
  ...fields: readonly (readonly [name: string, value: string])[]
): Buffer {
  const parts = fields.flatMap(([name, value]) => [
    Buffer.of(0, name.length),
    Buffer.from(name, 'latin1'),
    Buffer.of(value.length),
    Buffer.from(value, 'latin1'),
  ]);
  return Buffer.concat(parts);
}

/** HEADERS with these fields. */
export function headers(
  streamId: number,
  flags: number,
  ...fields: readonly (readonly [name: string, value: string])[]
): Buffer {
  return frame(frameType.HEADERS, flags | flag.END_HEADERS, streamId, literalBlock(...fields));
}
