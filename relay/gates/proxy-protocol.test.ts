import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProxyHeader } from './proxy-protocol.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';

function binary(command: number, family: number, addresses: string): Buffer {
  const body = Buffer.from(addresses, 'hex');
  const head = Buffer.from(`${SIGNATURE}0000`, 'hex');
  head[12] = 0x20 | command;
  head[13] = family;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([head, length, body]);
}

const v4 = 'c0000201c6336401123401bb';
const v6 = '20010db8000000000000000000000005' + '0'.repeat(32) + '123401bb';
const mapped = '00000000000000000000ffffc0000207' + '0'.repeat(32) + '123401bb';

describe('PROXY protocol', () => {
  it.each([
    ['PROXY TCP4 192.0.2.1 198.51.100.1 4660 443\r\n', '192.0.2.1'],
    ['PROXY TCP6 2001:db8::5 ::1 4660 443\r\n', '2001:db8::5'],
    ['PROXY TCP6 ::ffff:192.0.2.7 ::1 4660 443\r\n', '192.0.2.7'],
    ['PROXY UNKNOWN\r\n', null],
    ['PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n', null],
  ])('version 1: %j', (text, address) => {
    const bytes = Buffer.from(text);
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from('GET /')]))).toEqual({
      address,
      length: bytes.length,
    });
    for (let end = 0; end < bytes.length; end += 1) {
      expect(readProxyHeader(bytes.subarray(0, end))).toBe('incomplete');
    }
  });

  it.each([
    [binary(1, 0x11, v4), '192.0.2.1'],
    [binary(1, 0x11, `${v4}03000400000000`), '192.0.2.1'],
    [binary(1, 0x21, v6), '2001:db8:0:0:0:0:0:5'],
    [binary(1, 0x21, mapped), '192.0.2.7'],
    [binary(0, 0x00, ''), null],
    [binary(1, 0x00, ''), null],
  ])('version 2', (bytes, address) => {
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from([22, 3, 1])]))).toEqual({
      address,
      length: bytes.length,
    });
    for (let end = 0; end < bytes.length; end += 1) {
      expect(readProxyHeader(bytes.subarray(0, end))).toBe('incomplete');
    }
  });

  it.each([
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 192.0.2.1\r\n',
    'PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 1 70000\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n',
    `PROXY UNKNOWN ${'x'.repeat(110)}\r\n`,
  ])('refuses %j', (text) => {
    expect(readProxyHeader(Buffer.from(text))).toBe('malformed');
  });

  it.each([binary(2, 0x11, v4), binary(1, 0x11, 'c000'), binary(1, 0x51, v4)])(
    'refuses a broken version 2 header',
    (bytes) => {
      expect(readProxyHeader(bytes)).toBe('malformed');
    },
  );

  it('never throws and never claims more than is there', () => {
    const start = fc.constantFrom('', SIGNATURE, Buffer.from('PROXY ').toString('hex'));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (hex, rest) => {
        const bytes = Buffer.concat([Buffer.from(hex, 'hex'), rest]);
        const read = readProxyHeader(bytes);
        const claimed = typeof read === 'object' ? read.length : 0;
        expect(claimed).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
