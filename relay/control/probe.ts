import { randomUUID } from 'node:crypto';
import { AppError } from '../../common/errors/app-error.ts';
import { ProbeRequest } from '../../common/tunnel/control.ts';
import { header, timing } from '../../common/tunnel/protocol.ts';
import type { ClientStream } from '../http2/client-stream.ts';
import type { DataSession } from '../registry/data-session.ts';
import type { Registry } from '../registry/registry.ts';
import { requireCurrent, type ControlCall } from './control-calls.ts';
import { readJson } from './exchange.ts';

/**
 * Sends the device's own request down one of its data sessions. Throws `TUNNEL_OFFLINE` when it has none, `AGENT_LOST` when
 * the stream breaks, `ANSWER_TIMEOUT`.
 */
export const probe: ControlCall = async ({ stream, device, deps, generation }) => {
  const { path } = await readJson(stream, ProbeRequest);
  requireCurrent(device, deps, generation);
  const session = leastBusy(deps.registry, device.deviceId);
  if (session === null) throw new AppError('TUNNEL_OFFLINE');
  const began = performance.now();
  const status = await ask(session, path, deps.now());
  return { status, durationMs: Math.round((performance.now() - began) * 10) / 10 };
};

function leastBusy(registry: Registry, deviceId: string): DataSession | null {
  const usable = registry
    .sessions()
    .filter((session) => session.deviceId === deviceId && session.usable);
  return usable.toSorted((one, other) => one.inFlight - other.inFlight)[0] ?? null;
}

function ask(session: DataSession, path: string, now: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let stream: ClientStream;
    try {
      stream = session.request(
        {
          ':method': 'GET',
          ':path': path,
          ':authority': 'probe.causeway',
          ':scheme': 'https',
          [header.trace]: randomUUID().replaceAll('-', ''),
          [header.receivedAt]: String(now),
        },
        true,
      );
    } catch {
      reject(new AppError('AGENT_LOST'));
      return;
    }
    const timer = setTimeout(() => {
      reject(new AppError('ANSWER_TIMEOUT'));
      stream.cancel();
    }, timing.probeDeadline);
    stream.on('error', () => undefined);
    stream.once('response', (headers) => {
      resolve(Number(headers[':status']));
      // Its body says nothing.
      stream.resume();
    });
    stream.once('close', () => {
      clearTimeout(timer);
      reject(new AppError('AGENT_LOST'));
    });
  });
}
