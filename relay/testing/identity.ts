import { X509Certificate, type KeyObject } from 'node:crypto';
import { connect } from 'node:http2';
import tls from 'node:tls';
import forge from 'node-forge';
import { ControlError, EnrolResponse } from '../../common/tunnel/control.ts';
import { alpn, controlPath } from '../../common/tunnel/protocol.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { generateRsaKey } from '../ca/authority.ts';

/** A device as tests make it: key, certificate and where its relay is. */
export interface TestIdentity {
  readonly deviceId: string;
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  readonly host: string;
  readonly port: number;
}

let sharedKey: Promise<KeyObject> | null = null;

/** One RSA key for all devices of a test file: making keys is the slow part, and no test is about them. */
export function testKey(): Promise<KeyObject> {
  sharedKey ??= generateRsaKey(2048);
  return sharedKey;
}

/** A CSR for a key, signed with SHA-256 unless told otherwise. */
export function makeCsr(key: KeyObject, digest: 'sha1' | 'sha256' = 'sha256'): string {
  const privateKey = forge.pki.privateKeyFromPem(pemOf(key));
  const request = forge.pki.createCertificationRequest();
  request.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e);
  request.setSubject([{ name: 'commonName', value: 'not-what-the-relay-writes' }]);
  request.sign(privateKey, forge.md[digest].create());
  return forge.pki.certificationRequestToPem(request);
}

export function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends one request on a connection of its own, with a certificate or without, and closes it. */
export async function callOnce(
  target: { host: string; port: number; ca: string; key?: string; cert?: string },
  protocol: string,
  path: string,
  body: unknown,
): Promise<ControlAnswer> {
  const socket = tls.connect({
    ...target,
    ALPNProtocols: [protocol],
    checkServerIdentity: () => undefined,
  });
  const session = connect('https://relay', { createConnection: () => socket });
  try {
    return await new Promise<ControlAnswer>((resolve, reject) => {
      session.on('error', reject);
      socket.on('error', reject);
      const stream = session.request({ ':method': 'POST', ':path': path });
      let status = 0;
      let text = '';
      stream.setEncoding('utf8');
      stream.on('response', (headers) => {
        status = headers[':status'] ?? 0;
      });
      stream.on('data', (chunk: string) => {
        text += chunk;
      });
      stream.on('error', reject);
      stream.on('end', () => resolve({ status, body: JSON.parse(text) as unknown }));
      stream.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  } finally {
    session.destroy();
    socket.destroy();
  }
}

/** The CA that a token pins, fetched from the relay that the token names. */
export async function fetchCa(token: string): Promise<string> {
  const { host, port, ca } = decodeToken(token);
  const socket = tls.connect({
    host,
    port,
    ALPNProtocols: [alpn.enrol],
    rejectUnauthorized: false,
  });
  try {
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    const chain = socket.getPeerCertificate(true);
    const issuer = new X509Certificate(chain.issuerCertificate.raw);
    if (issuer.fingerprint256.replaceAll(':', '').toLowerCase() !== ca) {
      throw new Error('the relay is not the one of the token');
    }
    return issuer.toString();
  } finally {
    socket.destroy();
  }
}

/** Enrols with a token; rejects with the relay's code as the message. */
export async function enrolDevice(token: string, csr?: string): Promise<TestIdentity> {
  const { host, port, secret } = decodeToken(token);
  const ca = await fetchCa(token);
  const key = await testKey();
  const { status, body } = await callOnce({ host, port, ca }, alpn.enrol, controlPath.enrol, {
    secret,
    csr: csr ?? makeCsr(key),
    device: { hostname: 'test-host', platform: 'linux', version: '0.0.0' },
  });
  if (status !== 200) throw new Error(ControlError.parse(body).error.code);
  const { deviceId, certificate } = EnrolResponse.parse(body);
  return { deviceId, key: pemOf(key), cert: certificate, ca, host, port };
}
