import type { Fields, PseudoFields } from '../../../common/http2/fields.ts';

/** A token (RFC 9110 §5.6.2). */
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+\-.]*$/;
/** Neither user information nor anything of a path (RFC 9113 §8.3.1). */
// oxlint-disable-next-line no-control-regex
const AUTHORITY = /^[^\0-\x20/?#@\\\x7f]+$/;
/** Origin form, or the asterisk of OPTIONS. */
// oxlint-disable-next-line no-control-regex
const PATH = /^(?:\/[^\0-\x20\x7f]*|\*)$/;

const forms = new Map<string, RegExp>([
  [':method', METHOD],
  [':scheme', SCHEME],
  [':authority', AUTHORITY],
  [':path', PATH],
]);

/** Of a request: which of them there are, and which it needs (RFC 9113 §8.3.1, of CONNECT §8.5). */
export const requestPseudoFields: PseudoFields = {
  allows: (name, value) => forms.get(name)?.test(value) === true,
  isComplete,
};

function isComplete(fields: Fields): boolean {
  const method = fields[':method'];
  const path = fields[':path'];
  const authority = fields[':authority'];
  const { host } = fields;
  if (method === undefined) return false;
  // Two names for where it goes would let two hops read two requests.
  if (authority !== undefined && host !== undefined && host !== authority) return false;
  if (method === 'CONNECT') {
    return authority !== undefined && path === undefined && fields[':scheme'] === undefined;
  }
  if (path === '*' && method !== 'OPTIONS') return false;
  return path !== undefined && fields[':scheme'] !== undefined;
}
