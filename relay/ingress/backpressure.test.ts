import { createHash, randomBytes } from 'node:crypto';
import type { ServerHttp2Stream } from 'node:http2';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { windows } from '../../common/tunnel/protocol.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

const TOTAL = 64 * 1024 * 1024;
const CHUNK = randomBytes(64 * 1024);
/** The tunnel's stream window, and what kernels and TLS keep on two loopback connections. */
const ENOUGH = windows.streamBytes + 12 * 1024 * 1024;

let to: TestRelay;
afterEach(async () => {
  await to.close();
});

/** Writes all of it as fast as it is taken. */
function pour(sink: NodeJS.WritableStream): { written: () => number } {
  let written = 0;
  const more = (): void => {
    while (written < TOTAL) {
      written += CHUNK.length;
      if (!sink.write(CHUNK)) {
        sink.once('drain', more);
        return;
      }
    }
    sink.end();
  };
  more();
  return { written: () => written };
}

/** Resolves with a figure once it has not changed for a while. */
async function settled(figure: () => number): Promise<number> {
  let last = -1;
  await expect
    .poll(
      () => {
        const before = last;
        last = figure();
        return last > 0 && last === before;
      },
      { interval: 200 },
    )
    .toBe(true);
  return last;
}

function sha256Of(stream: NodeJS.ReadableStream): Promise<string> {
  const hash = createHash('sha256');
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => hash.update(chunk));
    stream.on('end', () => resolve(hash.digest('hex')));
    stream.on('error', reject);
  });
}
const expected = createHash('sha256');
for (let size = 0; size < TOTAL; size += CHUNK.length) expected.update(CHUNK);
const whole = expected.digest('hex');

it('stops reading from the agent while the client does not read', async () => {
  to = await startRelay({ limits: { bodyBytes: TOTAL } });
  let source: { written: () => number } | null = null;
  await to.connect({
    onStream: (stream) => {
      stream.respond({ ':status': 200 });
      source = pour(stream);
    },
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = https.get(
      {
        host: '127.0.0.1',
        port: to.publicPort,
        ca: to.publicCa,
        servername: 'bot.test',
        headers: { host: 'bot.test' },
        agent: false,
      },
      resolve,
    );
    request.on('error', reject);
  });
  expect(await settled(() => source?.written() ?? 0)).toBeLessThan(ENOUGH);
  expect(await sha256Of(response)).toBe(whole);
});

it('stops reading from the client while the agent does not read', async () => {
  to = await startRelay({ limits: { bodyBytes: TOTAL } });
  const arrived = Promise.withResolvers<ServerHttp2Stream>();
  await to.connect({ onStream: (stream) => arrived.resolve(stream) });
  const request = https.request({
    host: '127.0.0.1',
    port: to.publicPort,
    ca: to.publicCa,
    servername: 'bot.test',
    method: 'POST',
    headers: { host: 'bot.test' },
    agent: false,
  });
  request.on('error', () => undefined);
  const source = pour(request);
  const stream = await arrived.promise;
  expect(await settled(source.written)).toBeLessThan(ENOUGH);
  expect(await sha256Of(stream)).toBe(whole);
  stream.respond({ ':status': 204 }, { endStream: true });
});
