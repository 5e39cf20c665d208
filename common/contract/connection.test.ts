import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../errors/app-error.ts';
import { closeCode, serveConnection, type Connection } from './connection.ts';
import type { ServerFrame } from './wire.ts';

let sent: ServerFrame[];
let closed: [number, string, boolean][];
let isAuthorised: boolean;
let listeners: Map<string, (payload: unknown) => void>;
let connection: Connection;
const ended = vi.fn<(topic: string) => void>();

beforeEach(() => {
  sent = [];
  closed = [];
  isAuthorised = true;
  listeners = new Map();
  ended.mockReset();
  connection = serveConnection({
    contract: 7,
    dispatch: async (name, input) => ({ ok: true, value: [name, input] }),
    subscribe: (topic, listener) => {
      if (topic === 'secret') throw new AppError('FORBIDDEN');
      listeners.set(topic, listener);
      return () => ended(topic);
    },
    authorised: () => isAuthorised,
    send: (frame) => sent.push(frame),
    close: (...how) => closed.push(how),
  });
});

const say = (frame: unknown): void => connection.receive(JSON.stringify(frame));

describe('a contract over a connection', () => {
  it('greets with its version, then answers calls by their id', async () => {
    expect(sent).toEqual([{ kind: 'hello', contract: 7 }]);
    say({ kind: 'call', id: 3, name: 'a.b', input: { x: 1 } });
    await Promise.resolve();
    expect(sent[1]).toEqual({
      kind: 'reply',
      id: 3,
      reply: { ok: true, value: ['a.b', { x: 1 }] },
    });
  });

  it('carries a topic once, until it is left or the connection ends', () => {
    for (const topic of ['a', 'a', 'b']) say({ kind: 'subscribe', topic });
    listeners.get('a')?.(1);
    expect(sent.slice(1)).toEqual([{ kind: 'event', topic: 'a', payload: 1 }]);
    say({ kind: 'unsubscribe', topic: 'a' });
    expect(ended.mock.calls).toEqual([['a']]);
    connection.end();
    connection.end();
    expect(ended.mock.calls).toEqual([['a'], ['b']]);
  });

  it.each([
    ['no text', null, closeCode.binary, 'binary frame'],
    ['no JSON', '{', closeCode.malformed, 'malformed frame'],
    ['no frame', '{"kind":"other"}', closeCode.malformed, 'malformed frame'],
    [
      'a topic that is not theirs',
      '{"kind":"subscribe","topic":"secret"}',
      closeCode.malformed,
      'FORBIDDEN',
    ],
  ])('closes on %s', (_, text, code, reason) => {
    connection.receive(text);
    expect(closed).toEqual([[code, reason, true]]);
    expect(sent).toHaveLength(1);
  });

  it('tells and does nothing once the session has ended', () => {
    say({ kind: 'subscribe', topic: 'a' });
    expect(connection.check()).toBe(true);
    isAuthorised = false;
    listeners.get('a')?.(1);
    say({ kind: 'call', id: 1, name: 'a.b' });
    expect(connection.check()).toBe(false);
    expect(sent).toHaveLength(1);
    const end = [closeCode.sessionEnded, 'session ended', false];
    expect(closed).toEqual([end, end]);
  });
});
