import { afterEach, describe, expect, it } from 'vitest';
import { errorCode as code } from '../../../common/http2/errors.ts';
import { CLIENT_PREFACE, flag, frameType as type } from '../../../common/http2/frames.ts';
import {
  frame,
  headers,
  literalBlock,
  settings,
  uint32,
} from '../../../tests/support/http2/frames.ts';
import { requestHead, startRawClient, type Field, type RawClient } from './testing/raw-client.ts';

const GET = requestHead('GET');
const POST = requestHead('POST');
const open = headers(1, 0, ...POST);
const data = (bytes: number, flags = 0, id = 1): Buffer =>
  frame(type.DATA, flags, id, Buffer.alloc(bytes));
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const largest = 2 ** 31 - 1;

let client: RawClient;
afterEach(() => client.stop());

/** A session whose handler reads every body and answers behind it. */
async function start(silent = false): Promise<void> {
  client = await startRawClient(
    (stream) => {
      stream.readBody(1 << 20, 10_000).then(
        () => stream.answer({ ':status': 200 }, 'ok'),
        () => undefined,
      );
    },
    { silent },
  );
}

describe('a frame that RFC 9113 forbids ends the connection', () => {
  it.each<[string, number, readonly Buffer[]]>([
    ['DATA on stream 0', code.PROTOCOL_ERROR, [data(1, 0, 0)]],
    ['DATA on a stream that was never opened', code.PROTOCOL_ERROR, [data(1, 0, 3)]],
    ['DATA on a stream of ours', code.PROTOCOL_ERROR, [data(1, 0, 2)]],
    ['DATA with more padding than payload', code.PROTOCOL_ERROR, [frame(0, 8, 1, bytes('0500'))]],
    ['a frame that is too large', code.FRAME_SIZE_ERROR, [data(16_385)]],
    ['HEADERS on stream 0', code.PROTOCOL_ERROR, [headers(0, 1, ...GET)]],
    ['HEADERS on an even stream', code.PROTOCOL_ERROR, [headers(2, 1, ...GET)]],
    ['HEADERS with more padding than payload', code.PROTOCOL_ERROR, [frame(1, 12, 3, bytes('05'))]],
    ['HEADERS without its priority', code.FRAME_SIZE_ERROR, [frame(1, 36, 3, bytes('00'))]],
    ['a block that is no HPACK', code.COMPRESSION_ERROR, [frame(1, 4, 3, bytes('80'))]],
    ['a block interrupted by DATA', code.PROTOCOL_ERROR, [frame(1, 0, 3), data(1)]],
    ['a block interrupted by HEADERS', code.PROTOCOL_ERROR, [frame(1, 0, 3), open]],
    ['a block continued elsewhere', code.PROTOCOL_ERROR, [frame(1, 0, 3), frame(9, 4, 5)]],
    ['CONTINUATION of nothing', code.PROTOCOL_ERROR, [frame(9, 4, 1)]],
    ['a block of 17 pieces', code.ENHANCE_YOUR_CALM, [frame(1, 0, 3), ...pieces(17, 0)]],
    ['a block above 64 KiB', code.ENHANCE_YOUR_CALM, [frame(1, 0, 3), ...pieces(5, 16_384)]],
    ['PRIORITY on stream 0', code.PROTOCOL_ERROR, [frame(2, 0, 0, Buffer.alloc(5))]],
    ['RST_STREAM on stream 0', code.PROTOCOL_ERROR, [frame(3, 0, 0, uint32(8))]],
    ['RST_STREAM for a stream never opened', code.PROTOCOL_ERROR, [frame(3, 0, 9, uint32(8))]],
    ['RST_STREAM of another size', code.FRAME_SIZE_ERROR, [frame(3, 0, 1, bytes('00'))]],
    ['SETTINGS on a stream', code.PROTOCOL_ERROR, [frame(4, 0, 1)]],
    ['SETTINGS that end in a setting', code.FRAME_SIZE_ERROR, [frame(4, 0, 0, bytes('0001'))]],
    ['an acknowledgement with settings', code.FRAME_SIZE_ERROR, [frame(4, 1, 0, Buffer.alloc(6))]],
    ['push that is neither on nor off', code.PROTOCOL_ERROR, [settings([2, 2])]],
    ['a window beyond 2³¹ − 1', code.FLOW_CONTROL_ERROR, [settings([4, largest + 1])]],
    ['a frame size below 16,384', code.PROTOCOL_ERROR, [settings([5, 16_383])]],
    ['PUSH_PROMISE', code.PROTOCOL_ERROR, [frame(5, 4, 1, uint32(2))]],
    ['PING on a stream', code.PROTOCOL_ERROR, [frame(6, 0, 1, Buffer.alloc(8))]],
    ['PING of another size', code.FRAME_SIZE_ERROR, [frame(6, 0, 0, Buffer.alloc(7))]],
    ['GOAWAY on a stream', code.PROTOCOL_ERROR, [frame(7, 0, 1, Buffer.alloc(8))]],
    ['GOAWAY that is too short', code.FRAME_SIZE_ERROR, [frame(7, 0, 0, Buffer.alloc(7))]],
    ['WINDOW_UPDATE by 0', code.PROTOCOL_ERROR, [frame(8, 0, 0, uint32(0))]],
    ['WINDOW_UPDATE beyond 2³¹ − 1', code.FLOW_CONTROL_ERROR, [frame(8, 0, 0, uint32(largest))]],
    ['WINDOW_UPDATE for a stream never opened', code.PROTOCOL_ERROR, [frame(8, 0, 5, uint32(1))]],
  ])('%s', async (_, expected, frames) => {
    await start();
    const closed = new Promise<void>((resolve) => {
      client.send(open, frame(type.PING, 0, 0, bytes('0102030405060708')));
      void client
        .find((one) => one.type === type.PING)
        .then(() => client.requests[0]?.stream.onClose(resolve))
        .then(() => client.send(...frames));
    });
    expect(await client.end()).toBe(expected);
    await closed;
    expect(client.session.destroyed).toBe(true);
    expect(client.session.openStreams).toBe(0);
    expect(client.defects).toEqual([]);
  });

  it.each<[string, Buffer]>([
    ['another preface', Buffer.from('PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n')],
    ['HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['frames without it', settings()],
    ['another frame behind it', Buffer.concat([Buffer.from(CLIENT_PREFACE), open])],
    ['an acknowledgement', Buffer.concat([Buffer.from(CLIENT_PREFACE), frame(4, flag.ACK, 0)])],
  ])('%s instead of preface and SETTINGS', async (_, first) => {
    await start(true);
    client.send(first);
    expect(await client.end()).toBe(code.PROTOCOL_ERROR);
    expect(client.requests).toEqual([]);
  });
});

function pieces(count: number, size: number): Buffer[] {
  return Array.from({ length: count }, () => frame(9, 0, 3, Buffer.alloc(size, 0x82)));
}

const without = (name: string): readonly Field[] => GET.filter(([one]) => one !== name);
const changed = (name: string, value: string): readonly Field[] =>
  GET.map(([one, before]) => [one, one === name ? value : before] as const);
const head = (...fields: readonly Field[]): readonly Buffer[] => [headers(1, 1, ...fields)];
const body = (length: string, ...frames: readonly Buffer[]): readonly Buffer[] => [
  headers(1, 0, ...POST, ['content-length', length]),
  ...frames,
];

describe('a message that RFC 9113 forbids ends its stream, and nobody sees a whole request', () => {
  it.each<[string, readonly Buffer[]]>([
    ['no method', head(...without(':method'))],
    ['no scheme', head(...without(':scheme'))],
    ['no path', head(...without(':path'))],
    ['an empty path', head(...changed(':path', ''))],
    ['a path without a slash', head(...changed(':path', 'a'))],
    ['a path with a blank', head(...changed(':path', '/a b'))],
    ['an asterisk for a GET', head(...changed(':path', '*'))],
    ['a method with a blank', head(...changed(':method', 'GE T'))],
    ['an empty method', head(...changed(':method', ''))],
    ['a scheme that is none', head(...changed(':scheme', '1s'))],
    ['user information', head(...changed(':authority', 'a@b'))],
    ['an authority with a path', head(...changed(':authority', 'a/b'))],
    ['an empty authority', head(...changed(':authority', ''))],
    ['Host of somebody else', head(...GET, ['host', 'other'])],
    ['two paths', head(...GET, [':path', '/b'])],
    ['a pseudo-header field behind a field', head(...without(':path'), ['a', 'b'], [':path', '/'])],
    ['one of an answer', head(...GET, [':status', '200'])],
    ['one that nobody knows', head(...GET, [':protocol', 'websocket'])],
    ['CONNECT with a path', head(...changed(':method', 'CONNECT'))],
    ['CONNECT without an authority', head([':method', 'CONNECT'])],
    ['a name in capitals', head(...GET, ['Accept', 'x'])],
    ['a name that is empty', head(...GET, ['', 'x'])],
    ['a name that is an object’s own', head(...GET, ['__proto__', 'x'])],
    ['a value with a line break', head(...GET, ['a', 'x\r\nb: c'])],
    ['a value with NUL', head(...GET, ['a', 'x\0'])],
    ['a value that ends in a blank', head(...GET, ['a', 'x '])],
    ['Connection', head(...GET, ['connection', 'close'])],
    ['Transfer-Encoding', head(...GET, ['transfer-encoding', 'chunked'])],
    ['Upgrade', head(...GET, ['upgrade', 'websocket'])],
    ['TE', head(...GET, ['te', 'gzip'])],
    ['a length that is no number', head(...GET, ['content-length', '+1'])],
    ['two lengths', head(...GET, ['content-length', '0'], ['content-length', '1'])],
    ['257 fields', head(...GET, ...Array.from({ length: 253 }, () => ['a', 'b'] as const))],
    ['a length and nothing', head(...POST, ['content-length', '6'])],
    ['more than its length', body('4', data(5, 1))],
    ['less than its length', body('6', data(5, 1))],
    ['less than its length before trailers', body('6', data(5), headers(1, 1, ['a', 'b']))],
    ['trailers that do not end it', [open, headers(1, 0, ['a', 'b'])]],
    ['trailers with a path', [open, headers(1, 1, [':path', '/'])]],
    ['WINDOW_UPDATE by 0', [open, frame(8, 0, 1, uint32(0))]],
  ])('%s', async (_, frames) => {
    await start();
    client.send(...frames);
    expect(await client.reset(1)).toBe(code.PROTOCOL_ERROR);
    // The connection and its HPACK tables are as before.
    client.send(headers(3, 1, ...GET));
    const answer = await client.find((one) => one.type === type.DATA && one.streamId === 3);
    expect(answer?.payload.toString()).toBe('ok');
    expect(client.seen.some((one) => one.type === type.HEADERS && one.streamId === 1)).toBe(false);
    expect(client.session.openStreams).toBe(0);
  });

  it.each<[string, number, readonly Buffer[]]>([
    ['WINDOW_UPDATE beyond 2³¹ − 1', code.FLOW_CONTROL_ERROR, [frame(8, 0, 1, uint32(largest))]],
    ['PRIORITY of another size', code.FRAME_SIZE_ERROR, [frame(2, 0, 1, Buffer.alloc(4))]],
    [
      'more than its window',
      code.FLOW_CONTROL_ERROR,
      Array.from({ length: 65 }, () => data(16_384)),
    ],
  ])('%s', async (_, expected, frames) => {
    client = await startRawClient(() => undefined);
    client.send(open, ...frames);
    expect(await client.reset(1)).toBe(expected);
    expect(client.session.destroyed).toBe(false);
  });

  it('frames behind the end of a request whose answer is still to come', async () => {
    client = await startRawClient(() => undefined);
    client.send(headers(1, 1, ...POST), data(1));
    expect(await client.reset(1)).toBe(code.STREAM_CLOSED);
    client.send(headers(3, 1, ...POST), headers(3, 1, ['a', 'b']));
    expect(await client.reset(3)).toBe(code.STREAM_CLOSED);
  });

  it('trailers of a tunnel', async () => {
    client = await startRawClient((stream) => stream.duplex().respond());
    client.send(headers(1, 0, [':method', 'CONNECT'], [':authority', 'a']), data(5));
    client.send(headers(1, 1, ['a', 'b']));
    expect(await client.reset(1)).toBe(code.PROTOCOL_ERROR);
  });
});

describe('what is odd, but allowed', () => {
  it.each<[string, readonly Buffer[]]>([
    ['an unknown frame', [frame(200, 255, 1, bytes('00ff'))]],
    ['an unknown setting, and push', [settings([0xfff, 7], [2, 1])]],
    ['PRIORITY for any stream', [frame(2, 0, 77, Buffer.alloc(5))]],
    [
      'a block in many pieces',
      [frame(1, 1, 3), frame(9, 0, 3, literalBlock(...GET)), frame(9, 4, 3)],
    ],
    ['the asterisk of OPTIONS', [headers(3, 1, ...requestHead('OPTIONS', '*'))]],
    ['Host that says the same', [headers(3, 1, ...GET, ['host', 'agent'])]],
    [
      'frames for a stream that is over',
      [frame(3, 0, 1, uint32(8)), data(3), frame(8, 0, 1, uint32(1))],
    ],
    ['stream numbers that are left out', [headers(101, 1, ...GET)]],
    ['trailers', [data(3), headers(1, 1, ['x-sum', 'a'])]],
  ])('%s', async (_, frames) => {
    await start();
    client.send(open, ...frames, frame(type.PING, 0, 0, bytes('0102030405060708')));
    const answer = await client.find((one) => one.type === type.PING && one.flags === flag.ACK);
    expect(answer?.payload.toString('hex')).toBe('0102030405060708');
    expect(client.session.destroyed).toBe(false);
    const streams = [...new Set(client.requests.map(({ headers: each }) => each[':authority']))];
    expect(streams).toEqual(['agent']);
  });
});
