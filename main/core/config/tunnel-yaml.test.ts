import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../common/errors/app-error.ts';
import { createCa } from '../tunnel/testing/pki.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { lockedByTunnelConfig, readTunnelConfig } from './tunnel-config.ts';
import { parseTunnelYaml } from './tunnel-yaml.ts';

function write(text: string, files: Record<string, string> = {}): string {
  const dir = tempDir();
  mkdirSync(join(dir, 'pki'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  const file = join(dir, 'config.yaml');
  writeFileSync(file, text);
  return file;
}

const read = (text: string, files: Record<string, string> = {}, env: Record<string, string> = {}) =>
  readTunnelConfig(write(text, files), env);

function refusal(text: string, files: Record<string, string> = {}): AppError['params'] {
  try {
    read(text, files);
  } catch (error) {
    if (error instanceof AppError && error.code === 'CONFIG_INVALID') return error.params;
    throw error;
  }
  throw new Error('it was taken');
}

const ca = createCa();
const device = ca.issue();
const pki = {
  'pki/client.crt': device.certificate,
  'pki/client.key': device.privateKey,
  'pki/ca.crt': ca.certificate,
};
const guide = `
transport:
  protocol: h2
  heartbeat: 30s
  compression: true
security:
  mTLS:
    client_cert: pki/client.crt
    client_key: pki/client.key
    ca_cert: pki/ca.crt
`;

describe('config.yaml', () => {
  it('takes the guide’s keys (§3.3) and ours', () => {
    const config = read(
      `${guide}
relays:
  - { endpoint: "A.example.com:2222", priority: 2 }
  - endpoint: "[fd00::1]:2222"
    wss: b.example.com:8443
proxy:
  url: http://proxy.corp:3128
  username: zhang
  password: { env: PROXY_PASSWORD }
bind: 10.0.0.5
health_check: { path: /api/health, interval: 10s, retries: 3, failures: 3 }
`,
      pki,
      { PROXY_PASSWORD: 's3cret' },
    );
    expect(config).toMatchObject({
      protocol: 'h2',
      heartbeatMs: 30_000,
      compression: true,
      ca: ca.certificate,
      relays: [
        { endpoint: { host: 'a.example.com', port: 2222 }, priority: 2, wss: null },
        { endpoint: { host: 'fd00::1' }, priority: 1, wss: { host: 'b.example.com', port: 8443 } },
      ],
      proxy: { url: 'http://proxy.corp:3128', username: 'zhang', password: 's3cret' },
      bind: '10.0.0.5',
      healthCheck: { path: '/api/health', intervalMs: 10_000, retries: 3, failures: 3 },
    });
    expect(config.identityFiles?.key).toMatch(/pki\/client\.key$/);
    expect(Object.keys(lockedByTunnelConfig(config))).toContain('tunnel.relays');
  });

  it('may be empty, and then fixes nothing', () => {
    expect(lockedByTunnelConfig(read('# nothing yet\n'))).toEqual({});
  });

  it.each([
    [
      'transport:\n  protocol: quic\n',
      { line: 2, column: 3, key: 'transport.protocol', allowed: '"h2", "wss"' },
    ],
    ['transport:\n  protocl: h2\n', { line: 2, key: 'transport.protocl', reason: 'unknown_key' }],
    ['transport:\n  heartbeat: 1s\n', { line: 2, key: 'transport.heartbeat', reason: 'value' }],
    [
      'transport:\n  compression: yes\n',
      { line: 2, key: 'transport.compression', allowed: 'true, false' },
    ],
    ['a: [1\n', { reason: 'syntax', line: 2 }],
    ['bind: 1\nbind: 2\n', { reason: 'syntax', line: 2 }],
    ['relays: []\n', { line: 1, key: 'relays', allowed: 'one relay or more' }],
    [
      'relays:\n  - endpoint: a:1\n  - endpoint: A:1\n',
      { line: 3, key: 'relays[1].endpoint', reason: 'duplicate' },
    ],
    ['relays:\n  - priority: 1\n', { line: 2, key: 'relays[0].endpoint', reason: 'missing' }],
    ['proxy: maybe\n', { line: 1, key: 'proxy' }],
    ['proxy: { url: "http://u:p@proxy:1" }\n', { key: 'proxy.url' }],
    [
      'proxy: { url: "http://proxy:1", username: u }\n',
      { key: 'proxy.password', reason: 'missing' },
    ],
    [
      'security:\n  mTLS:\n    client_cert: none.crt\n',
      { line: 2, key: 'security.mTLS.client_key' },
    ],
    ['security:\n  mTLS:\n    ca_cert: none.crt\n', { line: 3, key: 'security.mTLS.ca_cert' }],
    ['- a list\n', { line: 1 }],
  ])('is refused with its place: %j', (text, params) => {
    expect(refusal(text)).toMatchObject(params);
  });

  it('repeats no value: a secret may stand there', () => {
    const params = refusal('proxy: { url: "http://proxy:1", username: u, password: [hunter2] }\n');
    expect(JSON.stringify(params)).not.toContain('hunter2');
  });

  it('takes the guide’s file as it is', () => {
    const config = read(guide, pki);
    expect([config.protocol, config.relays]).toEqual(['h2', null]);
    expect(config.identityFiles).not.toBe(null);
  });

  it('is read without harm, whatever it is', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const parsed = parseTunnelYaml(text);
        expect('values' in parsed || parsed.problems.length > 0).toBe(true);
      }),
    );
  });
});

it('repeats nothing of a file that is not well formed: it may be a password without its quotes', () => {
  const secret = 'S3cretOfTheProxy';
  expect(
    ['>', '|', '!', ']', '}'].map((first) => {
      const parsed = parseTunnelYaml(`proxy:\n  password: ${first}${secret}!\n`);
      return 'problems' in parsed && parsed.problems.map(({ line, reason }) => [line, reason])[0];
    }),
  ).toEqual(Array.from({ length: 5 }, () => [2, 'syntax']));
  const signs = ['"', "'", ':', ': ', '\n', '  ', '[', ']', '{', '}', ',', '&', '*', '!', '|', '>'];
  const piece = fc.constantFrom(...signs, '- ', '#', '%', '@', '`', '\t', '\\', '? ', '=', secret);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const parsed = parseTunnelYaml(`proxy:\n  password: ${pieces.join('')}`);
      const said = 'problems' in parsed ? parsed.problems.map(({ allowed }) => allowed) : [];
      expect(said.join('\n')).not.toContain(secret);
    }),
    { numRuns: 2_000 },
  );
});
