import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type Client } from '../../common/contract/client.ts';
import { createFileSecretBox } from '../../main/core/index.ts';
import { startPractice, type Practice } from '../../practice/index.ts';

const run = promisify(execFile);
const sample = (path: string): string =>
  fileURLToPath(new URL(`../../docs/samples/${path}`, import.meta.url));
const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const python = has('python3');
const curl = has('curl');
/** Which program runs a sample, by its ending. */
const interpreters: Readonly<Record<string, string>> = {
  mjs: process.execPath,
  py: 'python3',
  sh: 'sh',
};
/** Leaves no compiled files in the source tree. */
const quietPython = { PYTHONDONTWRITEBYTECODE: '1' };
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let dataDir: string;
let practice: Practice;
let client: Client;
const running: ChildProcess[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-samples-'));
  practice = await startPractice({
    dataDir,
    version: '0.0.0-test',
    core: {
      secrets: await createFileSecretBox(join(dataDir, 'secrets.key')),
      host: {},
      systemLocale: 'en',
    },
  });
  client = createClient(practice.core.local);
});
afterEach(async () => {
  await Promise.all(
    running.splice(0).map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }),
  );
});
afterAll(async () => {
  await practice.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function interpreter(path: string): string {
  const found = interpreters[path.split('.').at(-1) ?? ''];
  if (found === undefined) throw new Error(`no interpreter for ${path}`);
  return found;
}

/** Starts a sample and resolves with the first line that it prints. */
async function startSample(path: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(interpreter(path), [sample(path)], {
    env: { ...process.env, ...quietPython, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${path} ended with ${String(code)}`);
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended,
  ])) as [string];
  ended.catch(() => undefined);
  return line;
}

/** Everything that the practice app receives goes to `target`. */
async function routeTo(target: string): Promise<void> {
  await client.call('routes.save', {
    id: 'sample',
    match: {},
    targets: [{ id: target }],
  });
}

/** What the user sees as the passive reply to a text. */
async function replyTo(text: string): Promise<string> {
  const response = await fetch(`${practice.ready.simulator}/simulator/callbacks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bot: 'practice', type: 'text', text, from: 'lisi' }),
  });
  return response.text();
}

const send = (path: string, args: readonly string[]): Promise<{ stdout: string }> =>
  run(interpreter(path), [sample(path), ...args], {
    env: {
      ...process.env,
      ...quietPython,
      CAUSEWAY_URL: practice.ready.gateway,
      CAUSEWAY_API_KEY: practice.ready.apiKey,
    },
  });

/** The texts that the practice group has. */
async function inTheGroup(): Promise<string[]> {
  const response = await fetch(`${practice.ready.simulator}/simulator/messages`);
  const { messages } = (await response.json()) as {
    messages: { message: { text?: { content: string } } }[];
  };
  return messages.flatMap(({ message }) => message.text?.content ?? []);
}

const services = [
  ['node/http-service.mjs', 'node/ws-service.mjs', 'Node', true],
  ['python/http_service.py', 'python/ws_service.py', 'Python', python],
] as const;

describe.each(services)('%s and %s', (http, ws, name, isThere) => {
  it.skipIf(!isThere)(
    'answers a message over HTTP, and refuses one that is not signed',
    async () => {
      const line = await startSample(http, { PORT: '0', WEBHOOK_SECRET: SECRET });
      const url = /http:\S+/.exec(line)?.[0] ?? '';
      await client.call('targets.save', { id: 'sample', url, secret: SECRET });
      await routeTo('sample');
      expect(await replyTo('你好 & <hello>')).toContain(`${name}: 你好 & <hello>`);
      const headers = {
        'webhook-id': 'm_1',
        'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
        'webhook-signature': 'v1,AAAA',
      };
      const forged = await fetch(url, { method: 'POST', headers, body: '{}' });
      expect(forged.status).toBe(401);
      const old = '1700000000';
      const mac = createHmac('sha256', Buffer.alloc(32, 7))
        .update(`m_1.${old}.{}`)
        .digest('base64');
      const recorded = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'webhook-timestamp': old, 'webhook-signature': `v1,${mac}` },
        body: '{}',
      });
      expect(recorded.status).toBe(401);
    },
  );

  it.skipIf(!isThere)('answers a message over a WebSocket', async () => {
    await client.call('targets.save', { id: 'socket', url: '' });
    const { key } = await client.call('targets.createKey', { id: 'socket' });
    const env = { CAUSEWAY_URL: practice.ready.gateway, CAUSEWAY_TARGET_KEY: key };
    expect(await startSample(ws, env)).toBe('subscribed');
    await routeTo('socket');
    expect(await replyTo('今天的排班表')).toContain(`${name}: 今天的排班表`);
    const asked = await fetch(`${practice.ready.gateway}/api/targets/socket/messages`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${practice.ready.apiKey}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ text: '字'.repeat(30_000) }),
    });
    expect(await asked.json()).toEqual({ got: { text: '字'.repeat(30_000) } });
  });
});

describe.each([
  ['node/send.mjs', true],
  ['python/wecom_bot.py', python],
  ['curl/send.sh', curl],
] as const)('%s', (path, isThere) => {
  it.skipIf(!isThere)('sends a text whatever is in it, and says why one is not sent', async () => {
    const text = `${path} says "你好" \\ & 'all'\nline 2`;
    const { stdout } = await send(path, ['practice-robot', text]);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'delivered', errcode: 0 });
    expect(await inTheGroup()).toContain(text);
    const failed = send(path, ['nobody', 'x']);
    await expect(failed).rejects.toMatchObject({ code: expect.any(Number) as number });
    await failed.catch((error: { stdout: string; stderr: string }) => {
      expect(`${error.stdout}${error.stderr}`).toContain('BOT_NOT_FOUND');
      expect(`${error.stdout}${error.stderr}`).not.toContain(practice.ready.apiKey);
    });
  });
});

it.skipIf(!curl)(
  'curl/upload.sh uploads a file under its name and prints the media_id',
  async () => {
    const file = join(dataDir, '报表 1.txt');
    await writeFile(file, 'a,b\n1,2\n');
    const { stdout } = await send('curl/upload.sh', ['practice-robot', 'file', file]);
    expect(JSON.parse(stdout)).toMatchObject({ mediaId: expect.any(String) as string });
  },
);

it.skipIf(!python)(
  'the Python sample pads in bytes and checks the guide’s callback signature',
  async () => {
    const script = `
import hashlib, sys, time
sys.path.insert(0, sys.argv[1])
from wecom_bot import pad, verify_callback
assert len(pad("你好")) == 16 and pad("你好")[-1] == 10
assert len(pad("a" * 16)) == 32
now = str(int(time.time()))
sign = lambda t: hashlib.sha1("".join(sorted(["token", t, "nonce"])).encode()).hexdigest()
headers = lambda t, s: {"X-WeCom-Timestamp": t, "X-WeCom-Nonce": "nonce", "X-WeCom-Signature": s}
assert verify_callback(headers(now, sign(now)), "token")
assert not verify_callback(headers(now, sign(now)), "other")
assert not verify_callback(headers("1700000000", sign("1700000000")), "token")
assert not verify_callback({}, "token")
assert not verify_callback(headers(now, "签名"), "token")
print("ok")
`;
    const { stdout } = await run('python3', ['-c', script, sample('python')], {
      env: { ...process.env, ...quietPython },
    });
    expect(stdout).toBe('ok\n');
  },
);

describe('once the robot’s minute is used up', () => {
  beforeAll(async () => {
    const bot = { bot: 'practice-robot' };
    const post = (target: string, body?: object) =>
      fetch(`${practice.ready.gateway}/api/bots/${bot.bot}/${target}`, {
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        headers: {
          authorization: `Bearer ${practice.ready.apiKey}`,
          'content-type': 'application/json',
        },
      });
    const { remaining } = (await (await post('quota')).json()) as { remaining: number };
    for (let n = 0; n < remaining; n += 1) {
      await post('messages', { msgtype: 'text', text: { content: 'x' } });
    }
  });

  it.each([
    ['node/send.mjs', true],
    ['python/wecom_bot.py', python],
    ['curl/send.sh', curl],
  ] as const)('%s says that the message waits', async (path, isThere) => {
    if (!isThere) return;
    const { stdout } = await send(path, ['practice-robot', 'later']);
    expect(JSON.parse(stdout)).toMatchObject({
      id: expect.any(String) as string,
      state: 'queued',
      etaMs: expect.any(Number) as number,
    });
  });
});
