import { createHash, sign } from 'node:crypto';
import { connect, type ClientHttp2Session } from 'node:http2';
import tls, { type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { authFileText, channelBinding, pickupText } from '../../common/tunnel/auth-file.ts';
import { EnrolResponse } from '../../common/tunnel/control.ts';
import { alpn, controlPath } from '../../common/tunnel/protocol.ts';
import { makeCsr, testKey, type ControlAnswer } from '../testing/identity.ts';
import { post } from '../testing/peer.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
let clock = 0;
beforeAll(async () => {
  to = await startRelay({}, { now: () => Date.now() + clock });
});
afterAll(async () => {
  await to.close();
});

interface Connection {
  readonly socket: TLSSocket;
  readonly session: ClientHttp2Session;
  readonly binding: string;
}

/** An enrol connection; each a minute after the one before, so that the limit of tries per address is not met. */
async function open(): Promise<Connection> {
  clock += 60_000;
  const { hostname, port } = new URL(`tcp://${to.relay.addresses.control}`);
  const socket = tls.connect({
    host: hostname,
    port: Number(port),
    ca: to.relay.caPem,
    ALPNProtocols: [alpn.enrol],
  });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  const { bytes, label } = channelBinding;
  const binding = socket.exportKeyingMaterial(bytes, label, Buffer.alloc(0)).toString('base64');
  const session = connect('https://relay', { createConnection: () => socket });
  onTestFinished(() => {
    session.destroy();
    socket.destroy();
  });
  return { socket, session, binding };
}

const signed = async (text: string): Promise<string> =>
  sign('sha256', Buffer.from(text), await testKey()).toString('base64');

const pickUp = async (
  fingerprint: string,
  { session, binding }: Connection,
  proofFor = binding,
): Promise<ControlAnswer> =>
  post(session, controlPath.pickup, {
    fingerprint,
    proof: await signed(pickupText(fingerprint, proofFor)),
  });

const refusal = (code: string): object => ({ body: { error: expect.objectContaining({ code }) } });

it('gives the certificate of an approved auth file to the holder of its key, and to nobody else', async () => {
  const device = { hostname: 'h', platform: 'linux', version: '1' };
  const file = { version: 1 as const, csr: makeCsr(await testKey()), device, createdAt: 1 };
  const der = Buffer.from(file.csr.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  const fingerprint = createHash('sha256').update(der).digest('hex');
  expect(await pickUp(fingerprint, await open())).toMatchObject(refusal('NOT_FOUND'));

  const text = JSON.stringify({ ...file, signature: await signed(authFileText(file)) });
  expect(await to.relay.authFiles.upload(text)).toBe(fingerprint);
  expect(await pickUp(fingerprint, await open())).toMatchObject(refusal('ENROLMENT_PENDING'));

  const deviceId = await to.relay.authFiles.approve(fingerprint, 'acme');
  const earlier = await open();
  const later = await open();
  // A proof that was made for another connection is none.
  expect(await pickUp(fingerprint, later, earlier.binding)).toMatchObject(refusal('NOT_FOUND'));
  const { status, body } = await pickUp(fingerprint, later);
  expect(status).toBe(200);
  expect(EnrolResponse.parse(body)).toMatchObject({ deviceId, tunnel: 'acme' });
});
