import type { ResponseHead } from './request-stream.ts';

/** More than one value would contradict itself; the first stands. */
const single: ReadonlySet<string> = new Set([
  'age',
  'content-encoding',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expires',
  'last-modified',
  'location',
  'retry-after',
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

/** Gathers one head of an answer, or its trailers, as node:http2 would give them. */
export interface ResponseFields {
  readonly add: (name: string, value: string) => void;
  /** The fields; null when they are malformed (RFC 9113 §8.1.1) or over a limit. `:status` is a number. */
  readonly take: () => ResponseHead | null;
}

/** Reads heads where `isTrailer` is false: exactly one `:status`, before everything else. */
export function readResponseFields(isTrailer: boolean, limits: FieldLimits): ResponseFields {
  const fields: ResponseHead = {};
  let isWrong = false;
  let status = 0;
  let count = 0;
  let bytes = 0;
  return {
    add: (name, value) => {
      if (isWrong) return;
      count += 1;
      bytes += name.length + value.length + FIELD_OVERHEAD;
      if (count > limits.count || bytes > limits.bytes) {
        isWrong = true;
      } else if (name === ':status') {
        isWrong = isTrailer || count > 1 || !/^[1-5][0-9]{2}$/.test(value);
        status = Number(value);
        fields[':status'] = status;
      } else if (
        !NAME.test(name) ||
        BAD_VALUE.test(value) ||
        connectionFields.has(name) ||
        (name === 'te' && value !== 'trailers')
      ) {
        isWrong = true;
      } else isWrong = !put(fields, name, value);
    },
    take: () => (isWrong || (!isTrailer && status === 0) ? null : fields),
  };
}

/** False when the field contradicts one before it. */
function put(fields: ResponseHead, name: string, value: string): boolean {
  if (name === 'set-cookie') {
    (fields['set-cookie'] ??= []).push(value);
    return true;
  }
  const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (before === undefined) {
    if (name === '__proto__') return false;
    if (name === 'content-length' && !/^[0-9]{1,15}$/.test(value)) return false;
    fields[name] = value;
  } else if (name === 'content-length') return before === value;
  else if (!single.has(name))
    fields[name] = `${String(before)}${name === 'cookie' ? '; ' : ', '}${value}`;
  return true;
}
