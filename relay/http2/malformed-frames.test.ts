import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClientStream } from './client-stream.ts';
import { errorCode as code } from '../../common/http2/errors.ts';
import { flag, frameType as type, setting } from '../../common/http2/frames.ts';
import {
  frame,
  headers,
  literalBlock,
  paddedData,
  settings,
  uint32,
} from '../../tests/support/http2/frames.ts';
import { startRawPeer, type RawPeer } from './testing/raw-peer.ts';

const GET = { ':method': 'GET', ':scheme': 'https', ':authority': 'agent', ':path': '/' };
const OK = [':status', '200'] as const;
const head = (...fields: readonly (readonly [string, string])[]): Buffer =>
  headers(1, 0, OK, ...fields);
const data = (bytes: number, flags = 0, id = 1): Buffer =>
  frame(type.DATA, flags, id, Buffer.alloc(bytes));
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const largest = 2 ** 31 - 1;

let peer: RawPeer;
afterEach(() => peer.stop());

/** A session with a request under way on stream 1, whose answer is read. */
async function withRequest(silent = false): Promise<ClientStream> {
  peer = await startRawPeer({ silent });
  const stream = peer.session.request(GET, true);
  stream.on('error', () => undefined);
  stream.resume();
  await peer.find((one) => one.type === type.HEADERS);
  return stream;
}

describe('a frame that RFC 9113 forbids ends the connection', () => {
  it.each<[string, number, readonly Buffer[]]>([
    ['DATA on stream 0', code.PROTOCOL_ERROR, [data(1, 0, 0)]],
    ['DATA on a stream that was never opened', code.PROTOCOL_ERROR, [data(1, 0, 3)]],
    ['DATA on a stream of the peer', code.PROTOCOL_ERROR, [data(1, 0, 2)]],
    ['DATA with more padding than payload', code.PROTOCOL_ERROR, [frame(0, 8, 1, bytes('0500'))]],
    ['DATA without the length of its padding', code.FRAME_SIZE_ERROR, [frame(0, 8, 1)]],
    ['a frame that is too large', code.FRAME_SIZE_ERROR, [data(16_385)]],
    ['HEADERS on stream 0', code.PROTOCOL_ERROR, [frame(1, 0, 0)]],
    ['HEADERS of the peer', code.PROTOCOL_ERROR, [headers(2, 0, OK)]],
    ['HEADERS with more padding than payload', code.PROTOCOL_ERROR, [frame(1, 12, 1, bytes('05'))]],
    ['HEADERS without its priority', code.FRAME_SIZE_ERROR, [frame(1, 36, 1, bytes('00'))]],
    ['HEADERS without the length of its padding', code.FRAME_SIZE_ERROR, [frame(1, 12, 1)]],
    ['a block that is no HPACK', code.COMPRESSION_ERROR, [frame(1, 4, 1, bytes('80'))]],
    ['a block interrupted by DATA', code.PROTOCOL_ERROR, [frame(1, 0, 1), data(1)]],
    ['a block interrupted by PING', code.PROTOCOL_ERROR, [frame(1, 0, 1), frame(6, 0, 0)]],
    [
      'a block interrupted by an unknown frame',
      code.PROTOCOL_ERROR,
      [frame(1, 0, 1), frame(99, 0, 1)],
    ],
    ['a block continued elsewhere', code.PROTOCOL_ERROR, [frame(1, 0, 1), frame(9, 4, 3)]],
    ['CONTINUATION of nothing', code.PROTOCOL_ERROR, [frame(9, 4, 1)]],
    ['CONTINUATION of a block that is over', code.PROTOCOL_ERROR, [head(), frame(9, 4, 1)]],
    ['PRIORITY on stream 0', code.PROTOCOL_ERROR, [frame(2, 0, 0, Buffer.alloc(5))]],
    ['RST_STREAM on stream 0', code.PROTOCOL_ERROR, [frame(3, 0, 0, uint32(8))]],
    ['RST_STREAM for a stream never opened', code.PROTOCOL_ERROR, [frame(3, 0, 9, uint32(8))]],
    ['RST_STREAM of another size', code.FRAME_SIZE_ERROR, [frame(3, 0, 1, bytes('00'))]],
    ['SETTINGS on a stream', code.PROTOCOL_ERROR, [frame(4, 0, 1)]],
    ['SETTINGS that end in a setting', code.FRAME_SIZE_ERROR, [frame(4, 0, 0, bytes('0001'))]],
    ['an acknowledgement with settings', code.FRAME_SIZE_ERROR, [frame(4, 1, 0, Buffer.alloc(6))]],
    ['SETTINGS that allow push', code.PROTOCOL_ERROR, [settings([setting.ENABLE_PUSH, 1])]],
    ['a window beyond 2³¹ − 1', code.FLOW_CONTROL_ERROR, [settings([4, largest + 1])]],
    ['a frame size below 16,384', code.PROTOCOL_ERROR, [settings([5, 16_383])]],
    ['a frame size above 2²⁴ − 1', code.PROTOCOL_ERROR, [settings([5, 2 ** 24])]],
    ['PUSH_PROMISE', code.PROTOCOL_ERROR, [frame(5, 4, 1, uint32(2))]],
    ['PING on a stream', code.PROTOCOL_ERROR, [frame(6, 0, 1, Buffer.alloc(8))]],
    ['PING of another size', code.FRAME_SIZE_ERROR, [frame(6, 0, 0, Buffer.alloc(7))]],
    ['GOAWAY on a stream', code.PROTOCOL_ERROR, [frame(7, 0, 1, Buffer.alloc(8))]],
    ['GOAWAY that is too short', code.FRAME_SIZE_ERROR, [frame(7, 0, 0, Buffer.alloc(7))]],
    ['WINDOW_UPDATE of another size', code.FRAME_SIZE_ERROR, [frame(8, 0, 0, Buffer.alloc(3))]],
    ['WINDOW_UPDATE by 0', code.PROTOCOL_ERROR, [frame(8, 0, 0, uint32(0))]],
    ['WINDOW_UPDATE beyond 2³¹ − 1', code.FLOW_CONTROL_ERROR, [frame(8, 0, 0, uint32(largest))]],
    ['WINDOW_UPDATE for a stream never opened', code.PROTOCOL_ERROR, [frame(8, 0, 5, uint32(1))]],
  ])('%s', async (_, expected, frames) => {
    const stream = await withRequest();
    const gone = once(stream, 'close');
    peer.send(...frames);
    expect(await peer.end()).toBe(expected);
    await gone;
    expect(stream.readableEnded).toBe(false);
    expect(stream.rstCode).toBe(code.INTERNAL_ERROR);
    expect(peer.session.destroyed).toBe(true);
    expect(peer.defects).toEqual([]);
  });

  it.each<[string, Buffer]>([
    ['another frame', frame(type.PING, 0, 0, Buffer.alloc(8))],
    ['an acknowledgement', frame(type.SETTINGS, flag.ACK, 0)],
    ['DATA', data(1)],
    ['HTTP/1.1', Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
  ])('%s before the SETTINGS of the peer', async (_, first) => {
    await withRequest(true);
    peer.send(first);
    expect([code.PROTOCOL_ERROR, code.FRAME_SIZE_ERROR]).toContain(await peer.end());
  });
});

describe('a message that RFC 9113 forbids ends its stream', () => {
  const whole = paddedData(1, Buffer.alloc(5), 3, true);
  it.each<[string, number, readonly Buffer[]]>([
    ['DATA before the head', code.PROTOCOL_ERROR, [data(1)]],
    ['a head without a status', code.PROTOCOL_ERROR, [headers(1, 0, ['a', 'b'])]],
    ['a status that is none', code.PROTOCOL_ERROR, [headers(1, 0, [':status', '20'])]],
    ['a status behind a field', code.PROTOCOL_ERROR, [headers(1, 0, ['a', 'b'], OK)]],
    ['two of them', code.PROTOCOL_ERROR, [headers(1, 0, OK, OK)]],
    ['a field of a request', code.PROTOCOL_ERROR, [head([':path', '/'])]],
    ['a name in capitals', code.PROTOCOL_ERROR, [head(['Server', 'x'])]],
    ['a name that is empty', code.PROTOCOL_ERROR, [head(['', 'x'])]],
    ['a name with a blank', code.PROTOCOL_ERROR, [head(['a b', 'x'])]],
    ['a name that is an object’s own', code.PROTOCOL_ERROR, [head(['__proto__', 'x'])]],
    ['a value with a line break', code.PROTOCOL_ERROR, [head(['a', 'x\r\nb: c'])]],
    ['a value with NUL', code.PROTOCOL_ERROR, [head(['a', 'x\0'])]],
    ['a value that begins with a blank', code.PROTOCOL_ERROR, [head(['a', ' x'])]],
    ['Connection', code.PROTOCOL_ERROR, [head(['connection', 'close'])]],
    ['Transfer-Encoding', code.PROTOCOL_ERROR, [head(['transfer-encoding', 'chunked'])]],
    ['TE', code.PROTOCOL_ERROR, [head(['te', 'gzip'])]],
    ['a length that is no number', code.PROTOCOL_ERROR, [head(['content-length', '-1'])]],
    ['two lengths', code.PROTOCOL_ERROR, [head(['content-length', '1'], ['content-length', '2'])]],
    ['more than its length', code.PROTOCOL_ERROR, [head(['content-length', '4']), whole]],
    ['less than its length', code.PROTOCOL_ERROR, [head(['content-length', '6']), whole]],
    ['a length and nothing', code.PROTOCOL_ERROR, [headers(1, 1, OK, ['content-length', '6'])]],
    [
      '204 with a length',
      code.PROTOCOL_ERROR,
      [headers(1, 1, [':status', '204'], ['content-length', '6'])],
    ],
    ['204 with a body', code.PROTOCOL_ERROR, [headers(1, 0, [':status', '204']), data(1)]],
    ['304 with a body', code.PROTOCOL_ERROR, [headers(1, 0, [':status', '304']), data(1)]],
    ['101', code.PROTOCOL_ERROR, [headers(1, 0, [':status', '101'])]],
    ['an interim head at the end', code.PROTOCOL_ERROR, [headers(1, 1, [':status', '103'])]],
    ['trailers before the end', code.PROTOCOL_ERROR, [head(), headers(1, 0, ['a', 'b'])]],
    ['trailers with a status', code.PROTOCOL_ERROR, [head(), headers(1, 1, OK)]],
    [
      'too many fields',
      code.PROTOCOL_ERROR,
      [headers(1, 0, OK, ...Array.from({ length: 256 }, () => ['a', 'b'] as const))],
    ],
    ['WINDOW_UPDATE by 0', code.PROTOCOL_ERROR, [frame(8, 0, 1, uint32(0))]],
    ['WINDOW_UPDATE beyond 2³¹ − 1', code.FLOW_CONTROL_ERROR, [frame(8, 0, 1, uint32(largest))]],
    ['PRIORITY of another size', code.FRAME_SIZE_ERROR, [frame(2, 0, 1, Buffer.alloc(4))]],
    [
      'more than its window',
      code.FLOW_CONTROL_ERROR,
      [head(), ...Array.from({ length: 300 }, () => data(16_384))],
    ],
  ])('%s', async (what, expected, frames) => {
    const stream = await withRequest();
    if (what === 'more than its window') stream.pause();
    const gone = once(stream, 'close');
    peer.send(...frames);
    expect(await peer.reset(1)).toBe(expected);
    await gone;
    expect(stream.readableEnded).toBe(false);
    expect(stream.rstCode).toBe(expected);

    // The connection and its HPACK tables are as before.
    const next = peer.session.request(GET, true);
    await peer.find((one) => one.type === type.HEADERS && one.streamId === 3);
    peer.send(headers(3, 0, OK), data(3, flag.END_STREAM, 3));
    let size = 0;
    for await (const piece of next as AsyncIterable<Buffer>) size += piece.length;
    expect(size).toBe(3);
  });

  it('frames behind the end of an answer whose request is still being sent', async () => {
    peer = await startRawPeer();
    const stream = peer.session.request({ ...GET, ':method': 'POST' }, false);
    stream.on('error', () => undefined).resume();
    await peer.find((one) => one.type === type.HEADERS);
    peer.send(headers(1, flag.END_STREAM, OK), data(1));
    expect(await peer.reset(1)).toBe(code.STREAM_CLOSED);
  });

  it('fields on a tunnel that stands', async () => {
    peer = await startRawPeer();
    const stream = peer.session.request({ ':method': 'CONNECT', ':authority': 'a' }, false);
    stream.on('error', () => undefined).resume();
    await peer.find((one) => one.type === type.HEADERS);
    peer.send(head(['content-length', '1']), data(5), headers(1, flag.END_STREAM, ['a', 'b']));
    expect(await peer.reset(1)).toBe(code.PROTOCOL_ERROR);
  });

  it('a body behind the head that answers HEAD', async () => {
    peer = await startRawPeer();
    const stream = peer.session.request({ ...GET, ':method': 'HEAD' }, true);
    stream.on('error', () => undefined).resume();
    await peer.find((one) => one.type === type.HEADERS);
    peer.send(head(['content-length', '5']), data(5, flag.END_STREAM));
    expect(await peer.reset(1)).toBe(code.PROTOCOL_ERROR);
  });
});

describe('what is odd, but allowed', () => {
  it.each<[string, readonly Buffer[]]>([
    ['an unknown frame', [frame(200, 255, 1, bytes('00ff'))]],
    ['an unknown setting', [settings([0xfff, 7])]],
    ['PRIORITY for any stream', [frame(2, 0, 77, Buffer.alloc(5))]],
    [
      'padding and priority around a block',
      [
        frame(
          1,
          44,
          1,
          Buffer.concat([bytes('020000000000'), literalBlock([':status', '103']), bytes('0000')]),
        ),
      ],
    ],
    [
      'a block in many pieces',
      [frame(1, 0, 1), frame(9, 0, 1, literalBlock([':status', '103'])), frame(9, 4, 1)],
    ],
    [
      'frames for a stream that is over',
      [headers(1, 1, OK), data(3), frame(3, 0, 1, uint32(8)), frame(8, 0, 1, uint32(1)), head()],
    ],
    ['the answer to a ping that was not sent', [frame(6, 1, 0, Buffer.alloc(8))]],
  ])('%s', async (_, frames) => {
    await withRequest();
    peer.send(...frames, frame(type.PING, 0, 0, bytes('0102030405060708')));
    const answer = await peer.find((one) => one.type === type.PING && one.flags === flag.ACK);
    expect(answer?.payload.toString('hex')).toBe('0102030405060708');
    expect(peer.session.destroyed).toBe(false);
  });
});
