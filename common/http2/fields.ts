/** More than one value would contradict itself; the first stands. */
const single: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-encoding',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'user-agent',
]);
/** RFC 9113 §8.2.2: they belong to an HTTP/1.1 connection and make a message malformed. */
const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** RFC 9113 §8.2.1: no NUL, LF, CR, and no blank at an end. */
// oxlint-disable-next-line no-control-regex
const BAD_VALUE = /[\0\n\r]|^[ \t]|[ \t]$/;
/** What RFC 9113 §6.5.2 adds to a field's octets. */
const FIELD_OVERHEAD = 32;

export interface FieldLimits {
  /** Fields of one head. */
  readonly count: number;
  /** Octets as RFC 9113 §6.5.2 counts them. */
  readonly bytes: number;
}

/** Fields of one head, by their lower-case names, values of one name put together. */
export interface Fields {
  [name: string]: string | string[] | undefined;
  'content-length'?: string | undefined;
  'set-cookie'?: string[] | undefined;
}

/** Gathers one head, or trailers. */
export interface FieldReader {
  readonly add: (name: string, value: string) => void;
  /** The fields; null when they are malformed (RFC 9113 §8.1.1) or over a limit. */
  readonly take: () => Fields | null;
}

/** Which pseudo-header fields a head may have, and which it must (RFC 9113 §8.3). */
export interface PseudoFields {
  /** False when the value, or the field, is not allowed there. Asked once for each name. */
  readonly allows: (name: string, value: string) => boolean;
  /** Whether the head has all that it needs. Asked last, of fields that are well-formed one by one. */
  readonly isComplete: (fields: Fields) => boolean;
}

/** Trailers (RFC 9113 §8.1). */
export const noPseudoFields: PseudoFields = { allows: () => false, isComplete: () => true };

/** Reads a head whose pseudo-header fields come first, each at most once. */
export function readFields(pseudo: PseudoFields, limits: FieldLimits): FieldReader {
  const fields: Fields = {};
  let isWrong = false;
  let isPseudoOver = false;
  let count = 0;
  let bytes = 0;
  return {
    add: (name, value) => {
      if (isWrong) return;
      count += 1;
      bytes += name.length + value.length + FIELD_OVERHEAD;
      if (count > limits.count || bytes > limits.bytes) isWrong = true;
      else if (name.startsWith(':')) {
        isWrong = isPseudoOver || fields[name] !== undefined || !pseudo.allows(name, value);
        fields[name] = value;
      } else {
        isPseudoOver = true;
        isWrong =
          !NAME.test(name) ||
          BAD_VALUE.test(value) ||
          connectionFields.has(name) ||
          (name === 'te' && value !== 'trailers') ||
          !put(fields, name, value);
      }
    },
    take: () => (isWrong || !pseudo.isComplete(fields) ? null : fields),
  };
}

/** False when the field contradicts one before it. */
function put(fields: Fields, name: string, value: string): boolean {
  if (name === 'set-cookie') {
    (fields['set-cookie'] ??= []).push(value);
    return true;
  }
  const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (before === undefined) {
    if (name === '__proto__') return false;
    if (name === 'content-length' && !/^[0-9]{1,15}$/.test(value)) return false;
    fields[name] = value;
  } else if (name === 'content-length' || name === 'host') return before === value;
  else if (!single.has(name))
    fields[name] = `${String(before)}${name === 'cookie' ? '; ' : ', '}${value}`;
  return true;
}
