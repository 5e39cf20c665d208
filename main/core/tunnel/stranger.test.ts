import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { alpn, controlPath } from '../../../common/tunnel/protocol.ts';
import type { DeviceIdentity } from './identity.ts';
import { createCa, type LeafOptions } from './testing/pki.ts';
import { ca, clientOf, failure, peerOf, quick } from './testing/quick.ts';

const DAY = 86_400_000;

/** A server that is no relay. */
async function listener(onSocket: (socket: net.Socket) => void): Promise<DeviceIdentity> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  onTestFinished(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  const { port } = server.address() as net.AddressInfo;
  return identityAt('127.0.0.1', port);
}

function identityAt(host: string, port: number, life: LeafOptions = {}): DeviceIdentity {
  const issued = ca.issue(life);
  return {
    deviceId: 'd',
    tunnel: 't',
    domains: [],
    endpoint: { host, port },
    ca: ca.certificate,
    ...issued,
  };
}

describe('somebody else answers', () => {
  it('in plain HTTP', async () => {
    const identity = await listener((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n'));
    });
    expect(await failure(clientOf(identity))).toBe('RELAY_NOT_CAUSEWAY');
  });

  it('with TLS of another protocol', async () => {
    const peer = await peerOf({ alpns: ['h2'] });
    expect(await failure(clientOf(peer.identity()))).toBe('RELAY_NOT_CAUSEWAY');
  });

  it('by hanging up', async () => {
    const identity = await listener((socket) => socket.end());
    expect(await failure(clientOf(identity))).toBe('RELAY_NOT_CAUSEWAY');
  });

  it('by saying nothing', async () => {
    const identity = await listener(() => undefined);
    expect(await failure(clientOf(identity, { timing: { ...quick, dial: 400 } }))).toBe(
      'RELAY_TIMEOUT',
    );
  });

  it('not at all', async () => {
    expect(await failure(clientOf(identityAt('127.0.0.1', 1)))).toBe('RELAY_REFUSED');
  });

  it('under a name that does not exist', async () => {
    expect(await failure(clientOf(identityAt('relay.invalid', 2222)))).toBe('RELAY_NAME_NOT_FOUND');
  });

  it('and never registers', async () => {
    const peer = await peerOf();
    peer.behaviour.mute = [controlPath.register];
    const client = clientOf(peer.identity(), { timing: { ...quick, pingDeadline: 50 } });
    expect(await failure(client)).toBe('SESSION_LOST');
  });
});

/**
 * TLS of OpenSSL's own making: it judges client certificates inside the handshake and says so in an alert, where Node's
 * server would only hang up. The port answers no HTTP/2.
 */
async function openssl(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'causeway-tls-'));
  const server = ca.issue({ hosts: ['127.0.0.1'] });
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const args = ['s_server', '-accept', '127.0.0.1:0', '-tls1_3', '-alpn', alpn.control];
  args.push('-cert', await file('cert.pem', server.certificate));
  args.push('-key', await file('key.pem', server.privateKey));
  args.push('-CAfile', await file('ca.pem', ca.certificate));
  args.push('-Verify', '1', '-verify_return_error');
  const child: ChildProcess = spawn('openssl', args, { stdio: 'pipe' });
  const closed = once(child, 'close');
  child.stderr?.resume();
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
    await rm(directory, { recursive: true });
  });
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface(child.stdout);
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    lines.on('close', () => reject(new Error('openssl s_server did not start')));
  });
}

describe('a TLS alert about our certificate', () => {
  it('expired', async () => {
    const life = { notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY };
    const client = clientOf(identityAt('127.0.0.1', await openssl(), life));
    const { state } = await client.phase('refused');
    expect(state).toMatchObject({ error: { code: 'CERT_EXPIRED' } });
  });

  it('of an unknown CA', async () => {
    const identity = identityAt('127.0.0.1', await openssl());
    const client = clientOf({ ...identity, ...createCa('Other').issue() });
    const { state } = await client.phase('refused');
    expect(state).toMatchObject({ error: { code: 'CERT_UNKNOWN_CA' } });
  });
});
