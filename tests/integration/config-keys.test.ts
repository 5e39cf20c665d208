import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Core } from '../../main/core/index.ts';
import { startTestCore } from '../../main/core/testing/core.ts';
import { startFaulty } from '../../gateway/testing/pool.ts';
import { answered, tempDir } from '../../gateway/testing/harness.ts';
import { newKeys, signCallback, textMessage } from '../../gateway/testing/wecom-client.ts';

/** What `config.toml` says, as the running program shows it. */

const keys = newKeys('ww1');
const bot = `[[bots]]
id = "app"
kind = "app"
token = "${keys.token}"
encoding_aes_key = "${keys.encodingAesKey}"
receive_id = "ww1"
target = "svc"
`;

async function startWith(text: string): Promise<{ core: Core; dir: string }> {
  const dir = await tempDir();
  const configFile = join(dir, 'config.toml');
  await writeFile(configFile, text.replaceAll('DIR', dir));
  const core = await startTestCore(join(dir, 'data'), { configFile });
  return { core, dir };
}

function callback(core: Core, from: string): Promise<number> {
  const { target, body } = signCallback(keys, {
    path: '/wecom/callback/app',
    plaintext: textMessage('x', { from }),
  });
  return answered({ address: core.gatewayAddress }, target, { body }).then(({ status }) => status);
}

describe('[connection_pool]', () => {
  it('max_open and max_idle bound the connections of a target, idle_timeout ends the idle ones', async () => {
    const waiting: (() => void)[] = [];
    const service = await startFaulty((response) => {
      waiting.push(() => response.writeHead(204).end());
    });
    const { core } = await startWith(
      `${bot}[[targets]]\nid = "svc"\nurl = "${service.url}"\n` +
        '[connection_pool]\nmax_open = 3\nmax_idle = 1\nidle_timeout = "1s"\n',
    );
    const calls = ['a', 'b', 'c', 'd', 'e'].map((from) => callback(core, from));
    await expect.poll(() => service.hits()).toBe(3);
    expect(service.sockets.size).toBe(3);
    const drain = setInterval(() => waiting.splice(0).forEach((end) => end()), 5);
    onTestFinished(() => clearInterval(drain));
    expect(await Promise.all(calls)).toEqual([200, 200, 200, 200, 200]);
    expect(service.hits()).toBe(5);
    await expect.poll(() => service.sockets.size, { interval: 5 }).toBe(1);
    await expect.poll(() => service.sockets.size).toBe(0);
  });
});

describe('[[targets]] fail_on_500', () => {
  it.each([
    ['left out, ejects a target that answers 500', '', 'ejected'],
    ['true does too', 'fail_on_500 = true\n', 'ejected'],
    ['false holds it against the message alone', 'fail_on_500 = false\n', 'up'],
  ])('%s', async (_, line, state) => {
    const service = await startFaulty(500);
    const spare = await startFaulty();
    const { core } = await startWith(
      `${bot.replace('target = "svc"', '')}[[routes]]\ntargets = ["svc", "spare"]\n` +
        `[[targets]]\nid = "svc"\nurl = "${service.url}"\n${line}` +
        `[[targets]]\nid = "spare"\nurl = "${spare.url}"\n`,
    );
    for (let sent = 0; sent < 12; sent += 1) await callback(core, `u${sent}`);
    const view = core.snapshot().targets.find(({ id }) => id === 'svc');
    expect(view?.state).toBe(state);
    expect(service.hits()).toBeGreaterThanOrEqual(3);
  });
});

describe('[server]', () => {
  it('max_connections: one more is closed', async () => {
    const { core } = await startWith('[server]\nmax_connections = 2\n');
    const { hostname, port } = new URL(core.gatewayAddress);
    const dial = async () => {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
      return socket;
    };
    const open = [await dial(), await dial()];
    await once(await dial(), 'close');
    expect(open.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  });
});

describe('[compression]', () => {
  /** Byte 8 of gzip (RFC 1952 §2.3.1) says 4 for the fastest way and 2 for the slowest. */
  async function fetched(section: string): Promise<{ encoding: unknown; effort: number }> {
    const { core } = await startWith(section);
    const response = await request(`${core.gatewayAddress}/api/openapi.json`, {
      headers: { 'accept-encoding': 'gzip' },
      reset: true,
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    return { encoding: response.headers['content-encoding'], effort: bytes[8] ?? -1 };
  }

  it('enabled decides whether, level how hard, min_size from which length on', async () => {
    expect((await fetched('')).encoding).toBeUndefined();
    expect((await fetched('[compression]\nenabled = false\n')).encoding).toBeUndefined();
    expect((await fetched('[compression]\nmin_size = 10000000\n')).encoding).toBeUndefined();
    expect(await fetched('[compression]\nenabled = true\nlevel = 1\n')).toEqual({
      encoding: 'gzip',
      effort: 4,
    });
    expect(await fetched('[compression]\nmin_size = 1\nlevel = 9\n')).toEqual({
      encoding: 'gzip',
      effort: 2,
    });
  });
});

describe('[logging]', () => {
  const lines = async (file: string) => (await readFile(file, 'utf8')).trimEnd().split('\n');

  it('writes the lines of its level and above to each output, as JSON', async () => {
    const { core, dir } = await startWith(
      `[logging]\nlevel = "info"\nformat = "json"\noutput = ["DIR/a.log", "DIR/b.log"]\n`,
    );
    core.log.debug({ module: 'test' }, 'nothing to see');
    await core.stop(0);
    const written = await lines(join(dir, 'a.log'));
    expect(await lines(join(dir, 'b.log'))).toEqual(written);
    const levels = written.map((line) => (JSON.parse(line) as { level: string }).level);
    expect(levels).toContain('info');
    expect(levels).not.toContain('debug');
  });

  it('writes text, and nothing below its level', async () => {
    const { core, dir } = await startWith(
      `[logging]\nlevel = "error"\nformat = "text"\noutput = ["DIR/a.log"]\n`,
    );
    core.log.error({ module: 'test' }, 'something to see');
    core.log.warn({ module: 'test' }, 'nothing to see');
    await core.stop(0);
    const written = await lines(join(dir, 'a.log'));
    expect(written).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d error .*something to see/)]);
  });
});
