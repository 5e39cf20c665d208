import { describe, expect, it } from 'vitest';
import { createHpackDecoder } from './hpack-decoder.ts';
import { createHpackEncoder } from './hpack-encoder.ts';
import { testRuntime } from '../../tests/support/http2/runtime.ts';

type Vector = readonly [hex: string, fields: readonly string[]];

const DATE_1 = 'date: Mon, 21 Oct 2013 20:13:21 GMT';
const DATE_2 = 'date: Mon, 21 Oct 2013 20:13:22 GMT';
const COOKIE = 'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const LOCATION = 'location: https://www.example.com';
/** Appendix C.5 and C.6 have a table of 256 octets. */
const TO_256 = '3fe101';

const request = (scheme: string, path: string, ...others: string[]): readonly string[] => [
  ':method: GET',
  `:scheme: ${scheme}`,
  `:path: ${path}`,
  ':authority: www.example.com',
  ...others,
];
const requests = [
  request('http', '/'),
  request('http', '/', 'cache-control: no-cache'),
  request('https', '/index.html', 'custom-key: custom-value'),
] as const;
const responses = [
  [':status: 302', 'cache-control: private', DATE_1, LOCATION],
  [':status: 307', 'cache-control: private', DATE_1, LOCATION],
  [':status: 200', 'cache-control: private', DATE_2, LOCATION, 'content-encoding: gzip', COOKIE],
] as const;

// RFC 7541 Appendix C.
const plainRequests: readonly Vector[] = [
  ['828684410f7777772e6578616d706c652e636f6d', requests[0]],
  ['828684be58086e6f2d6361636865', requests[1]],
  ['828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565', requests[2]],
];
const huffmanRequests: readonly Vector[] = [
  ['828684418cf1e3c2e5f23a6ba0ab90f4ff', requests[0]],
  ['828684be5886a8eb10649cbf', requests[1]],
  ['828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf', requests[2]],
];
const plainResponses: readonly Vector[] = [
  [
    `${TO_256}4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d`,
    responses[0],
  ],
  ['4803333037c1c0bf', responses[1]],
  [
    '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
    responses[2],
  ],
];
const huffmanResponses: readonly Vector[] = [
  [
    `${TO_256}488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3`,
    responses[0],
  ],
  ['4883640effc1c0bf', responses[1]],
  [
    '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
    responses[2],
  ],
];
const single: readonly Vector[] = [
  ['400a637573746f6d2d6b65790d637573746f6d2d686561646572', ['custom-key: custom-header']],
  ['040c2f73616d706c652f70617468', [':path: /sample/path']],
  ['100870617373776f726406736563726574', ['password: secret']],
  ['82', [':method: GET']],
];

function decodeAll(vectors: readonly Vector[]): string[][] {
  const decoder = createHpackDecoder(testRuntime);
  return vectors.map(([hex]) => {
    const fields: string[] = [];
    decoder.decode(Buffer.from(hex, 'hex'), (name, value) => fields.push(`${name}: ${value}`));
    return fields;
  });
}

describe('the vectors of RFC 7541 Appendix C', () => {
  it.each([
    ['C.3 requests', plainRequests],
    ['C.4 requests with Huffman', huffmanRequests],
    ['C.5 responses with evictions', plainResponses],
    ['C.6 responses with evictions and Huffman', huffmanResponses],
  ])('are read: %s', (_, vectors) => {
    expect(decodeAll(vectors)).toEqual(vectors.map(([, fields]) => fields));
  });

  it.each(single)('are read: C.2 %s', (hex, fields) => {
    expect(decodeAll([[hex, fields]])).toEqual([fields]);
  });

  it('are written: C.3', () => {
    const encoder = createHpackEncoder(testRuntime);
    for (const [hex, fields] of plainRequests) {
      for (const field of fields) {
        const colon = field.indexOf(': ');
        encoder.add(field.slice(0, colon), field.slice(colon + 2));
      }
      expect(encoder.take().toString('hex')).toBe(hex);
    }
  });

  it.each([
    [10, '2a'],
    [1_337, '3f9a0a'],
  ])('are written and read: C.1 the integer %i behind five bits', (size, hex) => {
    const encoder = createHpackEncoder(testRuntime);
    encoder.resize(size);
    encoder.add(':method', 'GET');
    expect(encoder.take().toString('hex')).toBe(`${hex}82`);
    // Exactly that many octets fit: an entry of that size stays, one of an octet more does not.
    for (const [length, stays] of [
      [size - 32 - 1, true],
      [size - 32, false],
    ] as const) {
      if (length < 0) continue;
      const decoder = createHpackDecoder(testRuntime);
      const read = (block: string): void => decoder.decode(Buffer.from(block, 'hex'), () => {});
      const value = 'v'.repeat(length);
      const entry = Buffer.concat([
        Buffer.from('4001', 'hex'),
        Buffer.from('x'),
        stringHead(length),
        Buffer.from(value),
      ]);
      read(hex + entry.toString('hex'));
      if (stays) expect(() => read('be')).not.toThrow();
      else expect(() => read('be')).toThrow('index');
    }
  });
});

/** RFC 7541 §5.2 for lengths up to 16,000. */
function stringHead(length: number): Buffer {
  if (length < 127) return Buffer.of(length);
  const left = length - 127;
  return left < 128 ? Buffer.of(127, left) : Buffer.of(127, (left & 127) | 128, left >> 7);
}
