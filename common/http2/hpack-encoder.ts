import type { Octets, Runtime } from './octets.ts';
import { ENTRY_OVERHEAD, FIRST_DYNAMIC, staticTable } from './static-table.ts';

/** More of the peer's table is not used, whatever it allows, octets. */
const MAX_TABLE_SIZE = 4_096;
/** Values that are longer would push out what is worth keeping. */
const MAX_INDEXED_VALUE = 256;

/** Other for nearly every request, so that an entry would only push out others. */
const changing: ReadonlySet<string> = new Set([
  ':path',
  'content-length',
  'date',
  'if-modified-since',
  'if-none-match',
  'range',
  'referer',
  'traceparent',
  'x-causeway-held-since',
  'x-causeway-received-at',
  'x-causeway-trace',
]);
/** RFC 7541 §7.1.3: never to be compressed, by nobody on the way. */
const secret: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

const staticNames = new Map<string, number>();
const staticFields = new Map<string, number>();
for (const [index, [name, value]] of staticTable.entries()) {
  if (!staticNames.has(name)) staticNames.set(name, index + 1);
  staticFields.set(`${name}\n${value}`, index + 1);
}
/** Names that have a value in the static table, for which alone it is worth to look. */
const staticValues: ReadonlySet<string> = new Set(
  staticTable.filter(([, value]) => value !== '').map(([name]) => name),
);

/** Writes the header blocks of one connection (RFC 7541). Text is not Huffman-coded: inside the tunnel bytes are cheaper than time. */
export interface HpackEncoder<B> {
  /** Adds a field; `value` is Latin-1, without CR, LF and NUL. */
  add(name: string, value: string): void;
  /** The block since the last call; valid until the next `add`. */
  take(): B;
  /** The peer's SETTINGS_HEADER_TABLE_SIZE, octets. */
  resize(peerSize: number): void;
}

export function createHpackEncoder<B extends Octets<B>>(
  runtime: Pick<Runtime<B>, 'allocate' | 'write'>,
): HpackEncoder<B> {
  let out = runtime.allocate(4_096);
  let size = 0;
  let limit = MAX_TABLE_SIZE;
  /** Smallest and last limit that the peer has yet to hear of (RFC 7541 §4.2). */
  let lowered: number | null = null;

  /** By name and value, the number of the insertion, counted from 0. */
  const entries = new Map<string, Map<string, number>>();
  const order: { readonly name: string; readonly value: string }[] = [];
  let inserted = 0;
  let tableSize = 0;

  const evict = (room: number): void => {
    let evicted = 0;
    while (tableSize > room) {
      const entry = order[evicted];
      if (entry === undefined) break;
      const values = entries.get(entry.name);
      if (values?.get(entry.value) === inserted - order.length + evicted)
        values.delete(entry.value);
      if (values?.size === 0) entries.delete(entry.name);
      tableSize -= entry.name.length + entry.value.length + ENTRY_OVERHEAD;
      evicted += 1;
    }
    if (evicted > 0) order.splice(0, evicted);
  };
  const insert = (name: string, value: string): void => {
    const entrySize = name.length + value.length + ENTRY_OVERHEAD;
    evict(limit - entrySize);
    order.push({ name, value });
    const values = entries.get(name);
    if (values === undefined) entries.set(name, new Map([[value, inserted]]));
    else values.set(value, inserted);
    inserted += 1;
    tableSize += entrySize;
  };
  const ensure = (room: number): void => {
    if (size + room <= out.length) return;
    const larger = runtime.allocate(Math.max(out.length * 2, size + room));
    larger.set(out.subarray(0, size));
    out = larger;
  };
  const integer = (flags: number, bits: number, value: number): void => {
    const most = (1 << bits) - 1;
    if (value < most) {
      out[size] = flags | value;
      size += 1;
      return;
    }
    out[size] = flags | most;
    size += 1;
    let left = value - most;
    while (left >= 128) {
      out[size] = (left & 127) | 128;
      size += 1;
      left >>>= 7;
    }
    out[size] = left;
    size += 1;
  };
  const text = (value: string): void => {
    integer(0, 7, value.length);
    if (value.length < 24) {
      for (let index = 0; index < value.length; index += 1) {
        out[size + index] = value.charCodeAt(index);
      }
    } else runtime.write(out, value, size);
    size += value.length;
  };
  const literal = (flags: number, bits: number, name: string, value: string): void => {
    const nameIndex = staticNames.get(name) ?? 0;
    integer(flags, bits, nameIndex);
    if (nameIndex === 0) text(name);
    text(value);
  };

  return {
    add: (name, value) => {
      // Two lengths, an index and a change of the table's size.
      ensure(name.length + value.length + 32);
      if (size === 0 && lowered !== null) {
        if (lowered < limit) integer(32, 5, lowered);
        integer(32, 5, limit);
        lowered = null;
      }
      if (staticValues.has(name)) {
        const index = staticFields.get(`${name}\n${value}`);
        if (index !== undefined) {
          integer(128, 7, index);
          return;
        }
      }
      const known = entries.get(name)?.get(value);
      if (known !== undefined) {
        integer(128, 7, FIRST_DYNAMIC + inserted - 1 - known);
      } else if (secret.has(name)) {
        literal(16, 4, name, value);
      } else if (
        changing.has(name) ||
        value.length > MAX_INDEXED_VALUE ||
        name.length + value.length + ENTRY_OVERHEAD > limit
      ) {
        literal(0, 4, name, value);
      } else {
        literal(64, 6, name, value);
        insert(name, value);
      }
    },
    take: () => {
      const block = out.subarray(0, size);
      size = 0;
      return block;
    },
    resize: (peerSize) => {
      const next = Math.min(peerSize, MAX_TABLE_SIZE);
      if (next === limit) return;
      limit = next;
      lowered = lowered === null ? limit : Math.min(lowered, limit);
      evict(limit);
    },
  };
}
