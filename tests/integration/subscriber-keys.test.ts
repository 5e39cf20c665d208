import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { answered, tempDir } from '../../gateway/testing/harness.ts';
import {
  newKeys,
  openReply,
  signCallback,
  textMessage,
} from '../../gateway/testing/wecom-client.ts';
import type { Core } from '../../main/core/index.ts';
import { callStrictly, startTestCore } from '../../main/core/testing/core.ts';

const keys = newKeys('ww1');

async function startWithTarget(): Promise<Core> {
  const core = await startTestCore(join(await tempDir(), 'data'));
  await callStrictly(core, 'targets.save', { id: 'svc', url: '' });
  await callStrictly(core, 'bots.save', {
    id: 'app',
    kind: 'app',
    name: '',
    token: keys.token,
    encodingAesKey: keys.encodingAesKey,
    receiveId: 'ww1',
    target: 'svc',
    isDefault: true,
  });
  return core;
}

const keyOf = async (core: Core) =>
  (await callStrictly(core, 'targets.createKey', { id: 'svc' })).key;

function dial(core: Core, key: string): WebSocket {
  const socket = new WebSocket(`${core.gatewayAddress.replace('http', 'ws')}/api/ws`, {
    headers: { authorization: `Bearer ${key}` },
  });
  onTestFinished(() => socket.terminate());
  return socket;
}

async function subscribe(core: Core, key: string): Promise<WebSocket> {
  const socket = dial(core, key);
  await once(socket, 'open');
  return socket;
}

async function ending(socket: WebSocket): Promise<[code: number, reason: string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

async function refusal(core: Core, key: string): Promise<string> {
  const [error] = (await once(dial(core, key), 'error')) as [Error];
  return error.message;
}

describe('a subscriber whose key is replaced', () => {
  it('is told so and closed; what it had open goes to who has the new key, and its answer counts no more', async () => {
    const core = await startWithTarget();
    const first = await keyOf(core);
    const old = await subscribe(core, first);
    const given = once(old, 'message') as Promise<[Buffer]>;
    const callback = signCallback(keys, {
      path: '/wecom/callback/app',
      plaintext: textMessage('hello'),
    });
    const answer = answered({ address: core.gatewayAddress }, callback.target, callback);
    const { id } = JSON.parse((await given)[0].toString()) as { id: string };

    // It does not say goodbye back, and tries to answer all the same.
    old.pause();
    const second = await keyOf(core);
    const current = await subscribe(core, second);
    current.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { id: string };
      expect(frame.id).toBe(id);
      const reply = { type: 'text', content: 'from the new one' };
      current.send(JSON.stringify({ type: 'answer', id: frame.id, reply }));
    });
    old.send(
      JSON.stringify({ type: 'answer', id, reply: { type: 'text', content: 'from the old' } }),
    );
    const { body } = await answer;
    expect(openReply(keys, body)).toContain('from the new one');
    const ended = ending(old);
    old.resume();
    expect(await ended).toEqual([4401, 'key_revoked']);
    expect(await refusal(core, first)).toContain('401');
    expect(current.readyState).toBe(current.OPEN);
  });
});

describe('a subscriber whose target', () => {
  it('is removed is told so and closed', async () => {
    const core = await startWithTarget();
    const key = await keyOf(core);
    const socket = await subscribe(core, key);
    const ended = ending(socket);
    await callStrictly(core, 'bots.remove', { id: 'app' });
    expect(socket.readyState).toBe(socket.OPEN);
    await callStrictly(core, 'targets.remove', { id: 'svc' });
    expect(await ended).toEqual([4404, 'target_removed']);
    expect(await refusal(core, key)).toContain('401');
  });

  it('becomes one that is called over HTTP is closed too, and its key opens nothing', async () => {
    const core = await startWithTarget();
    const key = await keyOf(core);
    const ended = ending(await subscribe(core, key));
    await callStrictly(core, 'targets.save', { id: 'svc', url: 'http://127.0.0.1:9/' });
    expect(await ended).toEqual([4404, 'target_removed']);
    expect(await refusal(core, key)).toContain('404');
  });
});

it('a key that goes from config.toml takes its listeners along', async () => {
  const dir = await tempDir();
  const file = join(dir, 'config.toml');
  const hash = (key: string) => createHash('sha256').update(key).digest('hex');
  const entry = (id: string) => `{ id = "${id}", hash = "${hash(id)}", scopes = ["read"] }`;
  await writeFile(file, `[api]\nkeys = [${entry('a')}, ${entry('b')}]\n`);
  const core = await startTestCore(join(dir, 'data'), { configFile: file });
  const gone = await subscribe(core, 'a');
  const kept = await subscribe(core, 'b');
  const ended = ending(gone);
  await writeFile(file, `[api]\nkeys = [${entry('b')}]\n`);
  await core.reloadConfig();
  expect(await ended).toEqual([4401, 'key_revoked']);
  expect(kept.readyState).toBe(kept.OPEN);
});
