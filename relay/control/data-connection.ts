import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../common/domain/log.ts';
import { AttachResponse } from '../../common/tunnel/control.ts';
import { dataPath, headLimits, timing, windows } from '../../common/tunnel/protocol.ts';
import { startClientSession, type ClientSession } from '../http2/client-session.ts';
import type { Metrics } from '../metrics.ts';
import { createDataSession } from '../registry/data-session.ts';
import type { Registry } from '../registry/registry.ts';
import { peerCertificate, type Identify } from './identity.ts';

/** The attach answer is two numbers. */
const MAX_ATTACH = 4_096;
/** RFC 9113 §8.3.1: all but the path is a form here. */
const ATTACH = {
  ':method': 'GET',
  ':scheme': 'https',
  ':authority': 'agent',
  ':path': dataPath.attach,
};
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
  const session = clientSession(socket, deps.log);
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
    // Of the current registration; a session of another is not attached.
    takesGzip: deps.registry.takesGzip(deviceId),
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
  session.onClose(() => {
    clearInterval(recheck);
    deps.registry.detach(data);
    deps.metrics.sessionEnds.inc({ reason });
    deps.log.info({ device: deviceId, tunnel, session: data.id, reason }, 'session down');
  });
}

function clientSession(socket: TLSSocket, log: Logger): ClientSession {
  return startClientSession(socket, {
    firstWindow: windows.firstStreamBytes,
    streamWindow: windows.streamBytes,
    sessionWindow: windows.sessionBytes,
    fields: headLimits,
    onDefect: (err) => log.error({ err }, 'data session failed'),
  });
}

function attach(session: ClientSession): Promise<AttachResponse> {
  return new Promise((resolve, reject) => {
    const stream = session.request(ATTACH, true);
    const timer = setTimeout(() => fail(), timing.dial);
    const fail = (): void => {
      clearTimeout(timer);
      stream.cancel();
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
