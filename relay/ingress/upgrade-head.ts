import type { IncomingMessage } from 'node:http';
import { connectionTokens } from '../../common/tunnel/headers.ts';
import { isForwardable, ownFields, type RequestHead } from './request-head.ts';

const MAX_HEAD = 16 * 1024;
/** Request line and the relay's own fields. */
const MAX_OWN = 2 * 1024;
/** `: ` or the end of a line. */
const SEPARATORS = 2;

/**
 * Whether the device's end reads the head of an upgrade, with what {@link upgradeRequest} adds to it: it is node:http's, which
 * takes 16 KiB and gives no answer to more.
 */
export function fitsUpgrade({ rawHeaders, url = '' }: IncomingMessage): boolean {
  const bytes = rawHeaders.reduce((sum, text) => sum + text.length, url.length);
  return bytes + rawHeaders.length * SEPARATORS <= MAX_HEAD - MAX_OWN;
}

/** The request line and fields of an upgrade as HTTP/1.1 bytes, in the client's own spelling and order. */
export function upgradeRequest(request: IncomingMessage, head: RequestHead): Buffer {
  const named = connectionTokens(head.headers.connection);
  let text = `${head.method} ${head.path} HTTP/1.1\r\n`;
  const { rawHeaders } = request;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'connection' || lower === 'expect' || lower === 'content-length') continue;
    if (lower !== 'upgrade' && !isForwardable(lower, named)) continue;
    text += `${name}: ${rawHeaders[at + 1] ?? ''}\r\n`;
  }
  for (const [name, value] of Object.entries(ownFields(head))) text += `${name}: ${value}\r\n`;
  return Buffer.from(`${text}Connection: Upgrade\r\n\r\n`, 'latin1');
}

/** The head of an answer to an upgrade. */
export interface UpgradeAnswer {
  readonly status: number;
  /** Who gave it. */
  readonly source: 'agent' | 'origin';
  /** Status line and fields, with the empty line. */
  readonly head: string;
  /** Length of the body by `Content-Length`; null when it is not said. */
  readonly length: number | null;
  /** What came behind the head. */
  readonly rest: Buffer;
}

/** Greatest head of an answer. */
export const MAX_ANSWER_HEAD = 32 * 1024;

/** Reads an answer's head out of the first bytes; null while it is not complete. Throws when it is no HTTP/1.1. */
export function readUpgradeAnswer(bytes: Buffer): UpgradeAnswer | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) {
    if (bytes.length > MAX_ANSWER_HEAD) throw new Error('head too large');
    return null;
  }
  const head = bytes.toString('latin1', 0, end + 4);
  const match = /^HTTP\/1\.1 ([1-5][0-9]{2})(?: [^\r\n]*)?\r\n/.exec(head);
  if (match === null) throw new Error('not HTTP/1.1');
  const length = /\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n/i.exec(head)?.[1];
  return {
    status: Number(match[1]),
    source: /\r\nx-causeway-source:[ \t]*origin[ \t]*\r\n/i.test(head) ? 'origin' : 'agent',
    head,
    length: length === undefined ? null : Number(length),
    rest: bytes.subarray(end + 4),
  };
}

/** The head of a refusal with `Connection: close`: after it the connection carries nothing else. */
export function closingHead(head: string): string {
  const fields = head.replaceAll(/\r\n(?:connection|keep-alive):[^\r\n]*/gi, '');
  return fields.replace(/\r\n\r\n$/, '\r\nConnection: close\r\n\r\n');
}
