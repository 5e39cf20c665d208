import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRelay, type TestRelay } from '../testing/relay.ts';

const run = promisify(execFile);
let to: TestRelay;
let dir: string;

async function has(program: string, ...args: string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}
const hasH2load = await has('h2load', '--version');
const hasOpenssl = await has('openssl', 'version');
const hasCurl = await has('curl', '--version');

beforeAll(async () => {
  to = await startRelay();
  dir = await mkdtemp(join(tmpdir(), 'causeway-peers-'));
  await writeFile(join(dir, 'ca.pem'), to.publicCa);
  await to.connect({
    onStream: (stream, headers) => {
      stream.on('error', () => undefined);
      if (headers[':path'] === '/events') {
        stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
        stream.write('data: first\n\n');
        stream.once('close', () => undefined);
        return;
      }
      if (headers[':path'] === '/nothing') {
        stream.respond({ ':status': 204 }, { endStream: true });
        return;
      }
      stream.respond({ ':status': 200, 'content-length': 5 });
      stream.end('hello');
    },
  });
});
afterAll(async () => {
  await to.close();
  await rm(dir, { recursive: true, force: true });
});

describe.skipIf(!hasH2load)('h2load', () => {
  it.each([
    ['HTTP/2, 10 connections with 10 streams each', ['-c10', '-m10', '-n1000']],
    ['HTTP/1.1, 10 connections', ['--h1', '-c10', '-n300']],
  ])('has every request answered: %s', async (_what, args) => {
    const url = `https://127.0.0.1:${to.publicPort}/x`;
    // h2load sends the host of the URL; the relay knows it under this name.
    const { stdout } = await run('h2load', [...args, '-H', ':authority: bot.test', url]);
    const total = Number(args.at(-1)?.slice(2));
    expect(stdout).toContain(`${total} succeeded, 0 failed, 0 errored, 0 timeout`);
    expect(stdout).toContain(`${total} 2xx, 0 3xx, 0 4xx, 0 5xx`);
  });
});

describe.skipIf(!hasOpenssl)('openssl s_client', () => {
  const connect = async (...args: string[]): Promise<string> => {
    const child = run('openssl', [
      's_client',
      ...['-connect', `127.0.0.1:${to.publicPort}`, '-servername', 'bot.test'],
      ...['-CAfile', join(dir, 'ca.pem'), '-verify_return_error', ...args],
    ]);
    child.child.stdin?.end();
    const { stdout, stderr } = await child.catch(
      (thrown: { stdout: string; stderr: string }) => thrown,
    );
    return stdout + stderr;
  };

  it.each([
    [['-tls1_3', '-alpn', 'h2'], /New, TLSv1\.3.*ALPN protocol: h2/s],
    [['-tls1_2', '-alpn', 'http/1.1'], /New, TLSv1\.2.*ALPN protocol: http\/1\.1/s],
    [['-alpn', 'http/1.1,h2'], /ALPN protocol: h2/],
  ])('is served: %j', async (args, expected) => {
    const text = await connect(...args);
    expect(text).toMatch(expected);
    expect(text).toContain('Verify return code: 0 (ok)');
    expect(text).toContain('-----BEGIN CERTIFICATE-----');
  });

  it('gets no older TLS', async () => {
    expect(await connect('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')).not.toContain('Cipher is ECDHE');
  });
});

describe.skipIf(!hasCurl).each(['--http1.1', '--http2'])('curl %s', (version) => {
  const common = (): string[] => [
    ...[version, '--silent', '--no-buffer', '--cacert', join(dir, 'ca.pem')],
    ...['--resolve', `bot.test:${to.publicPort}:127.0.0.1`],
  ];
  const curl = (...args: string[]): Promise<{ stdout: string }> =>
    run('curl', [...common(), ...args]);
  const url = (path: string): string => `https://bot.test:${to.publicPort}${path}`;

  it('gets an event of a stream that stays open, as soon as it is sent', async () => {
    const child = spawn('curl', [...common(), url('/events')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill());
    let heard = '';
    child.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    await expect.poll(() => heard).toBe('data: first\n\n');
    expect(child.exitCode).toBeNull();
  });

  it('gets no body where there is none', async () => {
    const head = await curl('--head', url('/x'));
    expect(head.stdout).toMatch(/^HTTP\/\S+ 200/);
    expect(head.stdout).toMatch(/content-length: 5/i);
    const nothing = await curl('-i', url('/nothing'));
    expect(nothing.stdout).toMatch(/^HTTP\/\S+ 204/);
    expect(nothing.stdout).not.toMatch(/transfer-encoding|content-length/i);
  });
});
