import { isIPv4, isIPv6, type Socket } from 'node:net';
import { plainAddress } from './source-list.ts';

/** Where a connection really comes from; null where the proxy speaks for itself (health checks). */
export interface ProxyHeader {
  readonly address: string | null;
  /** Bytes that the header takes up. */
  readonly length: number;
}

/** What the first bytes are: a header, too few to tell, or no header at all. */
export type ProxyHeaderRead = ProxyHeader | 'incomplete' | 'malformed';

const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const V1_START = Buffer.from('PROXY ', 'latin1');
/** The longest version 1 header with its CRLF. */
const V1_MAX = 107;
/** Addresses and extensions (TLVs) of version 2; proxies send far fewer. */
const V2_MAX = 4_096;

/** Reads a header of the PROXY protocol, version 1 or 2 (HAProxy, proxy-protocol.txt §2). */
export function readProxyHeader(bytes: Buffer): ProxyHeaderRead {
  if (startsLike(bytes, V2_SIGNATURE)) return readBinary(bytes);
  if (startsLike(bytes, V1_START)) return readText(bytes);
  return 'malformed';
}

function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readText(bytes: Buffer): ProxyHeaderRead {
  const end = bytes.indexOf('\r\n');
  if (end === -1) return bytes.length >= V1_MAX ? 'malformed' : 'incomplete';
  if (end + 2 > V1_MAX) return 'malformed';
  const [, family, source = '', target = '', from, to, ...more] = bytes
    .toString('latin1', 0, end)
    .split(' ');
  if (family === 'UNKNOWN') return { address: null, length: end + 2 };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : null;
  if (isAddress === null || !isAddress(source) || !isAddress(target) || more.length > 0) {
    return 'malformed';
  }
  if (!isPort(from) || !isPort(to)) return 'malformed';
  return { address: plainAddress(source), length: end + 2 };
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function readBinary(bytes: Buffer): ProxyHeaderRead {
  if (bytes.length < 16) return 'incomplete';
  const versionAndCommand = bytes[12] ?? 0;
  const family = (bytes[13] ?? 0) >> 4;
  const length = bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2 || length > V2_MAX) return 'malformed';
  const command = versionAndCommand & 15;
  if (command > 1) return 'malformed';
  if (bytes.length < 16 + length) return 'incomplete';
  const whole = { length: 16 + length };
  if (command === 0) return { address: null, ...whole };
  if (family === 1 && length >= 12) {
    return { address: [...bytes.subarray(16, 20)].join('.'), ...whole };
  }
  if (family === 2 && length >= 36) return { address: ipv6(bytes.subarray(16, 32)), ...whole };
  // Unspecified and UNIX sockets say nothing of a client.
  return family === 0 || family === 3 ? { address: null, ...whole } : 'malformed';
}

function ipv6(bytes: Buffer): string {
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(bytes.readUInt16BE(at).toString(16));
  const text = groups.join(':');
  return plainAddress(
    text.startsWith('0:0:0:0:0:ffff:') ? `::ffff:${groups.slice(6).join(':')}` : text,
  );
}

/**
 * Takes the header off a fresh connection and leaves what is behind it unread. Null, with the socket destroyed, when there
 * is none within `timeoutMs`: a port that expects the header must not guess (§2 of the specification).
 */
export function takeProxyHeader(socket: Socket, timeoutMs: number): Promise<ProxyHeader | null> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    const settle = (header: ProxyHeader | null): void => {
      clearTimeout(timer);
      socket.removeListener('data', onData);
      socket.removeListener('close', onClose);
      socket.pause();
      if (header === null) socket.destroy();
      else if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
      resolve(header);
    };
    const onClose = (): void => settle(null);
    const onData = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const read = readProxyHeader(bytes);
      if (read === 'malformed') settle(null);
      else if (read !== 'incomplete') settle(read);
    };
    const timer = setTimeout(() => settle(null), timeoutMs);
    socket.on('error', () => undefined);
    socket.on('data', onData);
    socket.once('close', onClose);
  });
}
