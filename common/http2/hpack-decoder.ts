import { ConnectionError, errorCode } from './errors.ts';
import { decodeHuffman } from './huffman.ts';
import type { Octets, Runtime } from './octets.ts';
import { ENTRY_OVERHEAD, FIRST_DYNAMIC, staticTable } from './static-table.ts';

/** Size of the dynamic table that a peer may use, octets: the default, which we leave as it is (RFC 9113 §6.5.2). */
const TABLE_SIZE = 4_096;

type Field = readonly [name: string, value: string];

/** Reads the header blocks of one connection, in their order (RFC 7541). */
export interface HpackDecoder<B> {
  /**
   * Calls `onField` for each field of a block. Throws `ConnectionError`: after a block that was not read to its end the two
   * tables differ, and nothing that follows can be understood.
   */
  decode(block: B, onField: (name: string, value: string) => void): void;
}

export function createHpackDecoder<B extends Octets<B>>(
  runtime: Pick<Runtime<B>, 'allocate' | 'latin1'>,
): HpackDecoder<B> {
  /** Newest last. */
  const table: Field[] = [];
  let tableSize = 0;
  let limit = TABLE_SIZE;
  let bytes = runtime.allocate(0);
  let at = 0;

  const next = (): number => {
    const octet = bytes[at];
    if (octet === undefined) throw malformed('end');
    at += 1;
    return octet;
  };
  /** RFC 7541 §5.1: an integer whose first octet has `bits` bits for it. */
  const integer = (first: number, bits: number): number => {
    const most = (1 << bits) - 1;
    let value = first & most;
    if (value < most) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const octet = next();
      value += (octet & 127) << shift;
      if (octet < 128) return value;
    }
    throw malformed('integer');
  };
  const text = (): string => {
    const first = next();
    const length = integer(first, 7);
    if (at + length > bytes.length) throw malformed('string');
    const start = at;
    at += length;
    return first >= 128
      ? decodeHuffman(runtime, bytes, start, length)
      : runtime.latin1(bytes, start, start + length);
  };
  const indexed = (index: number): Field => {
    const field =
      index < FIRST_DYNAMIC
        ? staticTable[index - 1]
        : table[table.length - 1 - index + FIRST_DYNAMIC];
    if (field === undefined) throw malformed('index');
    return field;
  };
  const evict = (): void => {
    let evicted = 0;
    while (tableSize > limit) {
      const [name, value] = table[evicted] as Field;
      tableSize -= name.length + value.length + ENTRY_OVERHEAD;
      evicted += 1;
    }
    if (evicted > 0) table.splice(0, evicted);
  };
  const literal = (nameIndex: number): Field => {
    const name = nameIndex === 0 ? text() : indexed(nameIndex)[0];
    return [name, text()];
  };

  return {
    decode: (block, onField) => {
      bytes = block;
      at = 0;
      let begun = false;
      while (at < bytes.length) {
        const first = next();
        if (first >= 128) {
          const [name, value] = indexed(integer(first, 7));
          onField(name, value);
        } else if (first >= 64) {
          const field = literal(integer(first, 6));
          table.push(field);
          tableSize += field[0].length + field[1].length + ENTRY_OVERHEAD;
          evict();
          onField(field[0], field[1]);
        } else if (first >= 32) {
          // RFC 7541 §4.2: only before the first field.
          limit = integer(first, 5);
          if (begun || limit > TABLE_SIZE) throw malformed('table size');
          evict();
          continue;
        } else {
          const [name, value] = literal(integer(first, 4));
          onField(name, value);
        }
        begun = true;
      }
    },
  };
}

function malformed(what: string): ConnectionError {
  return new ConnectionError(errorCode.COMPRESSION_ERROR, `header block: ${what}`);
}
