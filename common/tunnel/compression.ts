/** The coding of bodies inside the tunnel (RFC 1952), in both directions. */
export const CODING = 'gzip';
/** Below it the coding costs more than it saves, bytes. */
export const MIN_CODED_LENGTH = 1024;
/** The first level of deflate does nearly what the others do, at a fraction of their time. */
export const CODING_LEVEL = 1;

/** What a message's fields, lower case, say of its body. */
export interface BodyFields {
  readonly 'content-type'?: string | undefined;
  readonly 'content-encoding'?: string | undefined;
  readonly 'content-length'?: string | number | undefined;
  readonly 'cache-control'?: string | undefined;
}

const compressible =
  /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?(?:json|xml|javascript|x-ndjson|graphql|x-www-form-urlencoded)|image\/svg\+xml|application\/wasm)/i;

/** Whether a body of these fields is worth coding: long enough, of a type that shrinks, not coded yet. */
export function isWorthCoding(fields: BodyFields): boolean {
  const type = fields['content-type'];
  if (type === undefined || !compressible.test(type)) return false;
  const length = fields['content-length'];
  if (length !== undefined && Number(length) < MIN_CODED_LENGTH) return false;
  const coding = fields['content-encoding'];
  if (coding !== undefined && coding !== 'identity') return false;
  // RFC 9111 §5.2.2.6 is about the end to end body, which stays as it is; who writes it wants no surprises all the same.
  return !/\bno-transform\b/i.test(fields['cache-control'] ?? '');
}

/**
 * The length that a coded body had before, as `x-causeway-length` says: null where it says nothing, NaN for what is no
 * length.
 */
export function declaredLength(value: string | readonly string[] | undefined): number | null {
  if (value === undefined) return null;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
}
