import { utf8Length } from '../text/utf8.ts';

/** What {@link measure} found: plain JSON of an acceptable size, more than the limit, or something JSON cannot hold. */
export type Measure = 'ok' | 'too-large' | 'not-json';

const MAX_DEPTH = 64;

/**
 * Checks a value that came over a wire or by structured clone before anything walks it in earnest: stops at the limit, so that
 * its own work is bounded too. A cycle ends at the depth limit.
 */
export function measure(value: unknown, limitBytes: number): Measure {
  let left = limitBytes;
  const visit = (node: unknown, depth: number): Measure => {
    if (depth > MAX_DEPTH) return 'not-json';
    switch (typeof node) {
      case 'undefined':
      case 'boolean':
        left -= 5;
        break;
      case 'number':
        if (!Number.isFinite(node)) return 'not-json';
        left -= 8;
        break;
      case 'string':
        left -= utf8Length(node) + 2;
        break;
      case 'object': {
        const inner = visitObject(node, depth);
        if (inner !== 'ok') return inner;
        break;
      }
      case 'bigint':
      case 'symbol':
      case 'function':
        return 'not-json';
    }
    return left < 0 ? 'too-large' : 'ok';
  };
  const visitObject = (node: object | null, depth: number): Measure => {
    left -= 4;
    if (node === null) return 'ok';
    if (!Array.isArray(node) && !isPlain(node)) return 'not-json';
    for (const [name, member] of Object.entries(node)) {
      left -= name.length;
      const inner = visit(member, depth + 1);
      if (inner !== 'ok') return inner;
    }
    return 'ok';
  };
  return visit(value, 0);
}

function isPlain(node: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(node);
  return prototype === null || prototype === Object.prototype;
}
