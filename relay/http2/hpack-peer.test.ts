import type { OutgoingHttpHeaders } from 'node:http2';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { answerOf, request, startNodeServer, type NodeServer } from './testing/node-server.ts';

// nghttp2, which node:http2 is made of, is the other implementation.
let node: NodeServer | undefined;
afterEach(() => node?.stop());

const names = fc.constantFrom(
  ...['x-a', 'x-b', 'x-c', 'user-agent', 'accept-language', 'authorization', 'x-token', 'range'],
);
/** Without blanks at its ends, which are no part of a value. */
const latin1 = fc
  .array(fc.oneof(fc.integer({ min: 33, max: 126 }), fc.integer({ min: 128, max: 255 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((codes) => String.fromCharCode(...codes));
const ascii = fc
  .array(fc.integer({ min: 33, max: 126 }), { minLength: 1, maxLength: 300 })
  .map((codes) => String.fromCharCode(...codes));
const value = fc.oneof(fc.constantFrom('1', 'gzip', 'text/html; charset=utf-8'), ascii, latin1);
const fields = fc.dictionary(names, value, { maxKeys: 8 });
const sequence = fc.array(fields, { minLength: 40, maxLength: 60 });

describe('nghttp2 and our HPACK understand each other', () => {
  it.each([0, 64, 500, 4_096, 65_536])(
    'in requests, with a table of %i octets at the other end',
    async (headerTableSize) => {
      const seen: Record<string, unknown>[] = [];
      node = await startNodeServer(
        (stream, headers) => {
          seen.push(Object.fromEntries(Object.entries(headers)));
          stream.respond({ ':status': 204 }, { endStream: true });
        },
        { settings: { headerTableSize } },
      );
      const { session } = node;
      // From the first answer on, its settings hold.
      await answerOf(session.request(request('GET'), true));
      const [sets = []] = fc.sample(sequence, { numRuns: 1, seed: headerTableSize + 7 });
      for (const set of sets) await answerOf(session.request({ ...request('GET'), ...set }, true));
      expect(sets.length).toBeGreaterThanOrEqual(40);
      expect(seen.slice(1)).toEqual(sets.map((set) => ({ ...request('GET'), ...set })));
    },
  );

  it('in answers, Huffman-coded and in pieces', async () => {
    const [sets = []] = fc.sample(sequence, { numRuns: 1, seed: 11 });
    const large = { 'x-large': 'é~'.repeat(12_000), 'x-long': 'a'.repeat(9_000) };
    const answers: OutgoingHttpHeaders[] = [
      ...sets,
      large,
      ...sets.toReversed(),
      { 'set-cookie': ['a=1', 'b=2'] },
    ];
    node = await startNodeServer((stream, headers) => {
      const index = Number(String(headers[':path']).slice(1));
      stream.respond({ ':status': 200, ...answers[index] }, { endStream: true });
    });
    const { session } = node;
    for (const [index, expected] of answers.entries()) {
      const { head } = await answerOf(session.request(request('GET', `/${index}`), true));
      const { date, ...rest } = head;
      expect(date).toBeDefined();
      expect(rest).toEqual({ ':status': 200, ...expected });
    }
  });

  it('when names that are numbers stand first in an object', async () => {
    const seen: unknown[] = [];
    node = await startNodeServer((stream, headers) => {
      seen.push(headers['7'], headers[':path']);
      stream.respond({ ':status': 204 }, { endStream: true });
    });
    await answerOf(node.session.request({ ...request('GET', '/n'), 7: 'seven' }, true));
    expect(seen).toEqual(['seven', '/n']);
  });
});
