import { connect, type ClientHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../common/domain/log.ts';
import { AttachResponse } from '../../common/tunnel/control.ts';
import { dataPath, timing, windows } from '../../common/tunnel/protocol.ts';
import type { Metrics } from '../metrics.ts';
import { createDataSession } from '../registry/data-session.ts';
import type { Registry } from '../registry/registry.ts';
import { peerCertificate, type Identify } from './identity.ts';

/** The attach answer is two numbers. */
const MAX_ATTACH = 4_096;
/** How often a data connection's certificate is looked at again; a revocation does not wait for it. */
const RECHECK = 60_000;

export interface DataDeps {
  readonly identify: Identify;
  readonly registry: Registry;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly nextSessionId: () => number;
}

/**
 * Turns a data connection round: the relay becomes the HTTP/2 client, asks which registration the connection belongs to
 * and offers it to the registry. A refused device is cut: it learns why on its control connection.
 */
export async function serveData(socket: TLSSocket, deps: DataDeps): Promise<void> {
  const certificate = peerCertificate(socket);
  const verdict = deps.identify(certificate);
  if (!verdict.trusted) {
    socket.destroy();
    return;
  }
  const { deviceId, tunnel } = verdict.device;
  const session = clientSession(socket);
  const attached = await attach(session).catch(() => null);
  if (attached === null || session.destroyed) {
    deps.log.warn({ device: deviceId }, 'data connection did not attach');
    socket.destroy();
    return;
  }
  let reason = 'closed';
  const end = (why: string): void => {
    reason = why;
    socket.destroy();
  };
  const data = createDataSession({
    id: deps.nextSessionId(),
    deviceId,
    tunnel,
    generation: attached.generation,
    index: attached.index,
    session,
    socket,
    now: deps.now(),
    onDead: () => end('unanswered'),
  });
  // Asked again: the device may have been revoked while the answer was on its way.
  if (!deps.identify(certificate).trusted || !deps.registry.attach(data)) {
    deps.log.info(
      { device: deviceId, generation: data.generation },
      'stale data connection closed',
    );
    data.cut();
    return;
  }
  const recheck = setInterval(() => {
    if (!deps.identify(certificate).trusted) end('certificate');
  }, RECHECK);
  recheck.unref();
  deps.log.info({ device: deviceId, tunnel, session: data.id, index: data.index }, 'session up');
  session.once('close', () => {
    clearInterval(recheck);
    deps.registry.detach(data);
    deps.metrics.sessionEnds.inc({ reason });
    deps.log.info({ device: deviceId, tunnel, session: data.id, reason }, 'session down');
  });
}

function clientSession(socket: TLSSocket): ClientHttp2Session {
  const session = connect('http://agent', {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: windows.streamBytes },
    maxHeaderListPairs: 256,
    maxSettings: 32,
    // Megabytes. Node counts what is buffered for streams in it and refuses streams beyond.
    maxSessionMemory: 128,
    // Until the device's SETTINGS are here; the attach request goes first.
    peerMaxConcurrentStreams: 100,
  });
  session.once('connect', () => session.setLocalWindowSize(windows.sessionBytes));
  session.on('error', () => socket.destroy());
  session.on('close', () => socket.destroy());
  // Only the relay opens streams here (RFC 9113 §8.4 push is off).
  session.on('stream', (stream) => stream.close());
  return session;
}

function attach(session: ClientHttp2Session): Promise<AttachResponse> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'GET', ':path': dataPath.attach });
    const timer = setTimeout(() => fail(), timing.dial);
    const fail = (): void => {
      clearTimeout(timer);
      stream.close();
      reject(new Error('not attached'));
    };
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
    });
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ATTACH) fail();
      else chunks.push(chunk);
    });
    stream.on('error', fail);
    stream.on('close', () => {
      clearTimeout(timer);
      try {
        if (status !== 200) throw new Error('refused');
        resolve(AttachResponse.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
      } catch {
        fail();
      }
    });
  });
}
