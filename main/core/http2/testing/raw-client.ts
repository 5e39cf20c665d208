import type { IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { CLIENT_PREFACE } from '../../../../common/http2/frames.ts';
import { logFrames, type FrameLog } from '../../../../tests/support/http2/frame-log.ts';
import { settings } from '../../../../tests/support/http2/frames.ts';
import { connectedSockets } from '../../../../tests/support/http2/sockets.ts';
import type { TunnelStream } from '../../../../gateway/types.ts';
import { startServerSession, type ServerSession } from '../server-session.ts';

/** The client's end of a session, which sends whatever a test tells it. */
export interface RawClient extends FrameLog {
  readonly session: ServerSession;
  readonly socket: Socket;
  /** Requests that were handed on. */
  readonly requests: readonly {
    readonly stream: TunnelStream;
    readonly headers: IncomingHttpHeaders;
  }[];
  /** What a handler threw. */
  readonly defects: readonly unknown[];
  send(...frames: readonly Buffer[]): void;
  stop(): void;
}

export const usual = {
  streamWindow: 1 << 20,
  sessionWindow: 32 << 20,
  maxStreams: 1_000,
  fields: { count: 256, bytes: 64 * 1024 },
} as const;

/** Sets up a session over a real connection. Preface and SETTINGS go out at once unless `silent`. */
export async function startRawClient(
  onStream: (stream: TunnelStream, headers: IncomingHttpHeaders) => void,
  given: { readonly silent?: boolean; readonly options?: Partial<typeof usual> } = {},
): Promise<RawClient> {
  const { near, far } = await connectedSockets();
  const log = logFrames(far);
  far.once('end', () => far.end());
  const defects: unknown[] = [];
  const requests: RawClient['requests'][number][] = [];
  const session = startServerSession(near, {
    ...usual,
    ...given.options,
    onStream: (stream, headers) => {
      requests.push({ stream, headers });
      onStream(stream, headers);
    },
    onDefect: (error) => defects.push(error),
  });
  if (given.silent !== true) far.write(Buffer.concat([Buffer.from(CLIENT_PREFACE), settings()]));
  return {
    ...log,
    session,
    socket: far,
    requests,
    defects,
    send: (...frames) => void far.write(Buffer.concat(frames)),
    stop: () => {
      near.destroy();
      far.destroy();
    },
  };
}

export type Field = readonly [name: string, value: string];

/** Pseudo-header fields of a request. */
export function requestHead(method: string, path = '/'): readonly Field[] {
  return [
    [':method', method],
    [':scheme', 'https'],
    [':authority', 'agent'],
    [':path', path],
  ];
}
