import { ConnectionError, errorCode } from './errors.ts';
import type { Octets, Runtime } from './octets.ts';

/**
 * Lengths in bits of the codes of all 256 octets and of EOS (RFC 7541 Appendix B). The code is canonical: shorter codes come
 * first, among equally long ones the smaller octet, so that the lengths give all of it.
 */
// prettier-ignore
const lengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

const EOS = 256;
/** RFC 7541 §5.2: padding is the beginning of EOS, and shorter than an octet. */
const MAX_PADDING = 7;

/**
 * One step of the decoder takes four bits. `steps[state * 16 + nibble]` holds the state after them, shifted left by 10, and 1
 * + the octet that they completed, or 0: no code is shorter than five bits, so that there is one at most.
 */
const steps = new Int32Array(EOS * 16);
/** Whether the input may end in a state. */
const mayEnd = new Uint8Array(EOS);
const FAIL = -1;

buildSteps();

/** Decodes `length` octets at `at`. Throws `COMPRESSION_ERROR` for EOS inside the text and for wrong padding. */
export function decodeHuffman<B extends Octets<B>>(
  runtime: Pick<Runtime<B>, 'allocate' | 'latin1'>,
  bytes: B,
  at: number,
  length: number,
): string {
  // The shortest code has five bits.
  const out = runtime.allocate(Math.ceil((length * 8) / 5));
  let size = 0;
  let state = 0;
  for (let index = at; index < at + length; index += 1) {
    const octet = bytes[index] as number;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = steps[state * 16 + ((octet >> shift) & 15)] as number;
      if (step === FAIL) throw new ConnectionError(errorCode.COMPRESSION_ERROR, 'huffman');
      const octetAndOne = step & 1023;
      if (octetAndOne > 0) {
        out[size] = octetAndOne - 1;
        size += 1;
      }
      state = step >> 10;
    }
  }
  if (mayEnd[state] === 0) throw new ConnectionError(errorCode.COMPRESSION_ERROR, 'padding');
  return runtime.latin1(out, 0, size);
}

/** Inner nodes are 0 and above, leaves `-1 - octet`. */
type Tree = [number, number][];

function buildTree(): Tree {
  const tree: Tree = [[0, 0]];
  const symbols = lengths
    .map((_, symbol) => symbol)
    .toSorted((one, other) => at(lengths, one) - at(lengths, other) || one - other);
  let code = 0;
  let before = at(lengths, at(symbols, 0));
  for (const symbol of symbols) {
    const length = at(lengths, symbol);
    code *= 2 ** (length - before);
    before = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit -= 1) {
      const branch = at(tree, node);
      const side = (code >> bit) & 1;
      // 0 is the root, which nothing leads to.
      if (branch[side] === 0) branch[side] = tree.push([0, 0]) - 1;
      node = branch[side] as number;
    }
    at(tree, node)[code & 1] = -1 - symbol;
    code += 1;
  }
  return tree;
}

function buildSteps(): void {
  const tree = buildTree();
  for (let state = 0; state < tree.length; state += 1) {
    for (let nibble = 0; nibble < 16; nibble += 1) {
      steps[state * 16 + nibble] = stepOf(tree, state, nibble);
    }
  }
  mayEnd[0] = 1;
  for (let node = 0, ones = 0; ones < MAX_PADDING; ones += 1) {
    node = at(tree, node)[1];
    mayEnd[node] = 1;
  }
}

function stepOf(tree: Tree, state: number, nibble: number): number {
  let node = state;
  let octetAndOne = 0;
  for (let bit = 3; bit >= 0; bit -= 1) {
    node = at(tree, node)[(nibble >> bit) & 1] as number;
    if (node >= 0) continue;
    const symbol = -1 - node;
    if (symbol === EOS) return FAIL;
    octetAndOne = symbol + 1;
    node = 0;
  }
  return (node << 10) | octetAndOne;
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
