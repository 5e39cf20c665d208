import { randomFillSync } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http2';
import { connectionTokens, isHopByHop, isReserved } from '../../common/tunnel/headers.ts';
import { header, headLimits } from '../../common/tunnel/protocol.ts';

/** A public request before its body; gates judge by it. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as they came, beginning with `/`, or `*`. */
  readonly path: string;
  /** `host` or `host:port` as the client named it. */
  readonly authority: string;
  /** Names are lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Address of the client; of the TCP peer, unless that is a trusted proxy. An IPv4 address is never written as IPv6. */
  readonly remoteAddress: string;
  /** One id for the request on every hop. */
  readonly trace: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** A POST that WeCom sends again when its connection breaks, but not when it is refused. */
  readonly isCallback: boolean;
  /** Whether the shorter of the two answer deadlines holds. */
  readonly isUrgent: boolean;
}

const CALLBACK_PATH = /^\/wecom\/callback(?:[/?]|$)/;
/** W3C Trace Context §3.2, version 00. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What the hop before says of itself; only this relay's own word counts, so it is replaced. */
const replaced: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
]);

export interface RawHead {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: IncomingHttpHeaders;
  /** As {@link RequestHead.remoteAddress}. */
  readonly remoteAddress: string;
  /** A signature gate stands before the path, so that it is a callback's whatever its name. */
  readonly isGated?: boolean;
}

export function requestHead(raw: RawHead, receivedAt: number): RequestHead {
  const isUrgent = raw.isGated === true || CALLBACK_PATH.test(raw.path);
  const parent = raw.headers['traceparent'];
  return {
    method: raw.method,
    path: raw.path,
    authority: raw.authority,
    headers: raw.headers,
    remoteAddress: raw.remoteAddress,
    trace: traceId(parent) ?? newTraceId(),
    receivedAt,
    isCallback: isUrgent && raw.method === 'POST',
    isUrgent,
  };
}

/** Bytes of all names and values, as RFC 9113 §6.5.2 counts them without its 32 per field. */
export function headerSize(headers: IncomingHttpHeaders): number {
  let size = 0;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') size += name.length + value.length;
    else if (value !== undefined) for (const one of value) size += name.length + one.length;
  }
  return size;
}

/** What {@link tunnelHeaders} adds at most, pseudo-header fields and codings among it: fields, and octets with 32 for each. */
const OWN = { count: 16, bytes: 2_048 } as const;
/** What RFC 9113 §6.5.2 adds to a field's octets. */
const FIELD_OVERHEAD = 32;

/** Whether a client's fields, so many with so many bytes of names, values and path, are a head that a data session carries. */
export function fitsTunnel(count: number, bytes: number): boolean {
  return (
    count <= headLimits.count - OWN.count &&
    bytes + count * FIELD_OVERHEAD <= headLimits.bytes - OWN.bytes
  );
}

/** The head as it goes into the tunnel: this hop's own fields off, ours on. */
export function tunnelHeaders(head: RequestHead): OutgoingHttpHeaders {
  const out: OutgoingHttpHeaders = {
    ':method': head.method,
    ':scheme': 'https',
    ':authority': head.authority,
    ':path': head.path,
  };
  const named = connectionTokens(head.headers.connection);
  for (const name in head.headers) {
    if (name.startsWith(':') || name === 'host' || name === 'expect') continue;
    if (!isForwardable(name, named)) continue;
    const value = head.headers[name];
    if (value !== undefined) out[name] = value;
  }
  if (traceId(head.headers['traceparent']) === null) {
    delete out['traceparent'];
    delete out['tracestate'];
  }
  return Object.assign(out, ownFields(head));
}

/** Whether a field of the client travels on. `named` are those its `Connection` field lists. */
export function isForwardable(name: string, named: ReadonlySet<string>): boolean {
  return !isHopByHop(name) && !isReserved(name) && !replaced.has(name) && !named.has(name);
}

/** What the relay itself says of a request. */
export function ownFields(head: RequestHead): Record<string, string> {
  const { remoteAddress: address, authority } = head;
  const node = address.includes(':') ? `"[${address}]"` : address;
  return {
    'x-forwarded-for': address,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': authority,
    // RFC 7239 §4; an authority has no character that would need escaping in a quoted string.
    forwarded: `for=${node};host="${authority}";proto=https`,
    [header.trace]: head.trace,
    [header.receivedAt]: String(head.receivedAt),
  };
}

function traceId(parent: string | string[] | undefined): string | null {
  return typeof parent === 'string' ? (TRACEPARENT.exec(parent)?.[1] ?? null) : null;
}

const TRACE_BYTES = 16;
/** The randomness of many ids at once: a call into OpenSSL costs more than the rest of an id. */
const pool = Buffer.alloc(TRACE_BYTES * 256);
let used = pool.length;

/** W3C Trace Context §3.2.2.3: 16 random bytes as lower hex. */
function newTraceId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += TRACE_BYTES;
  return pool.toString('hex', used - TRACE_BYTES, used);
}
