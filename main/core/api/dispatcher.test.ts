import { describe, expect, test } from 'vitest';
import { api } from '../../../common/contract/api.ts';
import { capabilities, type Capability } from '../../../common/contract/define.ts';
import { silentLogger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Caller } from '../types.ts';
import {
  createDispatcher,
  MAX_CALLS,
  MAX_SUBSCRIPTIONS,
  type Dispatcher,
  type Handlers,
} from './dispatcher.ts';

const refuse = (): never => {
  throw new Error('not part of this test');
};

function make(handlers: Partial<Handlers>, log = silentLogger): Dispatcher {
  const names = Object.keys(api).filter((name) => api[name as keyof typeof api].kind === 'call');
  const all = Object.fromEntries(names.map((name) => [name, refuse])) as unknown as Handlers;
  return createDispatcher({
    handlers: { ...all, ...handlers },
    offered: new Set(capabilities),
    log,
  });
}

const caller = (...has: Capability[]): Caller => ({ name: 'test', has: new Set(has) });
const operator = caller('read', 'manage', 'send', 'reveal', 'desktop');

describe('the door', () => {
  test.each([
    'constructor',
    '__proto__',
    'toString',
    'state.changed',
    'state.get ',
    '',
    'hasOwnProperty',
  ])('%j is not a call', async (name) => {
    const reply = await make({}).dispatch(operator, name, undefined);
    expect(reply).toEqual({ ok: false, error: { code: 'UNKNOWN_CALL', params: {} } });
  });

  test('every call that asks for a capability is refused to a caller without it', async () => {
    const dispatcher = make({});
    for (const [name, entry] of Object.entries(api)) {
      for (const missing of entry.needs) {
        const rest = capabilities.filter((capability) => capability !== missing);
        const asked =
          entry.kind === 'call'
            ? dispatcher.dispatch(caller(...rest), name, {}).then((reply) => JSON.stringify(reply))
            : (async () => dispatcher.admit(caller(...rest), name))().catch(String);
        expect([name, await asked]).toEqual([name, expect.stringContaining('FORBIDDEN')]);
      }
    }
  });

  test('a caller cannot do what the host does not offer', async () => {
    const names = Object.fromEntries(Object.keys(api).map((name) => [name, refuse]));
    const dispatcher = createDispatcher({
      handlers: names as unknown as Handlers,
      offered: new Set(['read']),
      log: silentLogger,
    });
    expect(await dispatcher.dispatch(operator, 'shell.quit', undefined)).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
  });

  test('input is validated before the handler sees it, and the field is named', async () => {
    const dispatcher = make({});
    const reply = await dispatcher.dispatch(operator, 'settings.update', {
      managementPort: 70_000,
    });
    expect(reply).toMatchObject({
      ok: false,
      error: { code: 'BAD_INPUT', params: { call: 'settings.update', field: 'managementPort' } },
    });
    const secret = 'not-a-token-but-secret!';
    const bot = { id: 'b', kind: 'app', name: '', receiveId: '', target: null, isDefault: false };
    const refused = await dispatcher.dispatch(operator, 'bots.save', { ...bot, token: secret });
    expect(refused).toMatchObject({ error: { params: { field: 'token' } } });
    expect(JSON.stringify(refused)).not.toContain(secret);
  });

  test('too much input and input that is not JSON are refused', async () => {
    const dispatcher = make({});
    const large = { token: 'x'.repeat(5_000_000) };
    expect(await dispatcher.dispatch(operator, 'tunnel.enrol', large)).toMatchObject({
      error: { code: 'TOO_LARGE' },
    });
    expect(await dispatcher.dispatch(operator, 'tunnel.enrol', new Map())).toMatchObject({
      error: { code: 'BAD_INPUT' },
    });
  });

  test('a known error goes out as it is; another is logged once and goes out as INTERNAL', async () => {
    const logged: object[] = [];
    const dispatcher = make(
      {
        'bots.remove': () => {
          throw new AppError('NOT_FOUND', { kind: 'bot' });
        },
        'state.get': () => {
          throw new Error('https://x/?key=secret');
        },
      },
      { ...silentLogger, error: (fields) => void logged.push(fields) },
    );
    expect(await dispatcher.dispatch(operator, 'bots.remove', { id: 'b' })).toEqual({
      ok: false,
      error: { code: 'NOT_FOUND', params: { kind: 'bot' } },
    });
    expect(await dispatcher.dispatch(operator, 'state.get', undefined)).toEqual({
      ok: false,
      error: { code: 'INTERNAL', params: {} },
    });
    expect(logged).toHaveLength(1);
  });
});

describe('bounds for one caller', () => {
  test('so many calls at once, and no more', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const dispatcher = make({ 'tunnel.connect': () => promise });
    const call = (from: Caller) => dispatcher.dispatch(from, 'tunnel.connect', undefined);
    const under = Array.from({ length: MAX_CALLS }, () => call(operator));
    expect(await call(operator)).toMatchObject({ error: { code: 'BUSY' } });
    const other = call(caller('manage'));
    resolve();
    expect(await Promise.all([...under, other])).toEqual(
      Array.from({ length: MAX_CALLS + 1 }, () => ({ ok: true, value: undefined })),
    );
    expect(await call(operator)).toMatchObject({ ok: true });
  });

  test('so many subscriptions; one that ends makes room, once', () => {
    const dispatcher = make({});
    const held = Array.from({ length: MAX_SUBSCRIPTIONS }, () =>
      dispatcher.admit(operator, 'state.changed'),
    );
    expect(() => dispatcher.admit(operator, 'state.changed')).toThrow('BUSY');
    held[0]?.release();
    held[0]?.release();
    dispatcher.admit(operator, 'logs.appended');
    expect(() => dispatcher.admit(operator, 'state.changed')).toThrow('BUSY');
  });

  test('only topics are topics', () => {
    for (const name of ['state.get', 'constructor', '__proto__', 'x']) {
      expect(() => make({}).admit(operator, name)).toThrow('UNKNOWN_CALL');
    }
  });
});

test('after closing, calls under way settle and new ones find nobody', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const dispatcher = make({ 'tunnel.connect': () => promise });
  const under = dispatcher.dispatch(operator, 'tunnel.connect', undefined);
  const closed = dispatcher.close();
  expect(await dispatcher.dispatch(operator, 'state.get', undefined)).toMatchObject({
    error: { code: 'HOST_GONE' },
  });
  resolve();
  await closed;
  expect(await under).toMatchObject({ ok: true });
});
