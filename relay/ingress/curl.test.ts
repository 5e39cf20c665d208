import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRelay, type TestRelay } from '../testing/relay.ts';

const run = promisify(execFile);
const upload = randomBytes(10 * 1024 * 1024);
let to: TestRelay;
let dir: string;

beforeAll(async () => {
  to = await startRelay();
  dir = await mkdtemp(join(tmpdir(), 'causeway-curl-'));
  await writeFile(join(dir, 'ca.pem'), to.publicCa);
  await writeFile(join(dir, 'upload'), upload);
  await to.connect({
    onStream: (stream, headers) => {
      stream.respond({ ':status': 200, 'x-path': headers[':path'] ?? '' });
      stream.pipe(stream);
    },
  });
});
afterAll(async () => {
  await to.close();
  await rm(dir, { recursive: true, force: true });
});

async function curl(...args: string[]): Promise<Buffer> {
  const { stdout } = await run(
    'curl',
    [
      ...['--silent', '--show-error', '--cacert', join(dir, 'ca.pem')],
      ...['--resolve', `bot.test:${to.publicPort}:127.0.0.1`],
      ...args,
    ],
    { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout;
}

describe.each(['--http1.1', '--http2'])('curl %s', (version) => {
  const url = (path: string): string => `https://bot.test:${to.publicPort}${path}`;

  it('gets status, version and headers', async () => {
    const text = (await curl(version, '-i', url('/a/b?c=%20d'))).toString();
    expect(text).toMatch(version === '--http2' ? /^HTTP\/2 200/ : /^HTTP\/1\.1 200 OK/);
    expect(text).toContain('x-path: /a/b?c=%20d');
    expect(text).toContain('x-causeway-source: agent');
  });

  it('posts 10 MiB and gets them back, with a length and without', async () => {
    const hash = createHash('sha256').update(upload).digest('hex');
    for (const extra of [[], ['-H', 'transfer-encoding: chunked', '-H', 'expect: 100-continue']]) {
      const body = await curl(
        version,
        ...extra,
        '--data-binary',
        `@${join(dir, 'upload')}`,
        url('/'),
      );
      expect(createHash('sha256').update(body).digest('hex')).toBe(hash);
    }
  });

  it('uses one connection for several requests', async () => {
    const text = await curl(
      version,
      '-w',
      '%{num_connects} ',
      url('/1'),
      '-w',
      '%{num_connects} ',
      url('/2'),
    );
    expect(text.toString()).toBe('1 0 ');
  });

  it('is told why', async () => {
    const text = await curl(version, '-i', '-H', 'host: other.test', url('/'));
    expect(text.toString()).toMatch(/^HTTP\/\S+ 404/);
    expect(text.toString()).toMatch(/\{"error":\{"code":"UNKNOWN_HOST","trace":"[0-9a-f]{32}"\}\}/);
  });
});
