import type { Socket } from 'node:net';
import { CLIENT_PREFACE } from '../../../common/http2/frames.ts';
import { logFrames, type FrameLog } from '../../../tests/support/http2/frame-log.ts';
import { settings, uint32 } from '../../../tests/support/http2/frames.ts';
import { connectedSockets } from '../../../tests/support/http2/sockets.ts';
import { startClientSession, type ClientSession } from '../client-session.ts';

/** The server's end of a session, which sends whatever a test tells it. */
export interface RawPeer extends FrameLog {
  readonly session: ClientSession;
  readonly socket: Socket;
  /** What a receiver threw. */
  readonly defects: readonly unknown[];
  send(...frames: readonly Buffer[]): void;
  stop(): void;
}

export const smallWindows = {
  firstWindow: 256 << 10,
  streamWindow: 1 << 20,
  sessionWindow: 32 << 20,
  fields: { count: 256, bytes: 64 * 1024 },
} as const;

/** Sets up a session over a real connection. The peer's SETTINGS go out at once unless `silent`. */
export async function startRawPeer(
  given: { readonly silent?: boolean; readonly windows?: typeof smallWindows } = {},
): Promise<RawPeer> {
  const { near, far } = await connectedSockets();
  const log = logFrames(far, CLIENT_PREFACE);
  far.once('end', () => far.end());
  const defects: unknown[] = [];
  const session = startClientSession(near, {
    ...(given.windows ?? smallWindows),
    onDefect: (error) => defects.push(error),
  });
  if (given.silent !== true) far.write(settings());
  return {
    ...log,
    session,
    socket: far,
    defects,
    send: (...frames) => void far.write(Buffer.concat(frames)),
    stop: () => {
      near.destroy();
      far.destroy();
    },
  };
}

/** A PING whose answer shows that everything before it was read. */
export const ping = uint32(0xc0ffee, 1);
