import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { startClientSession, type ClientSession } from '../client-session.ts';
import { CLIENT_PREFACE, frameType } from '../../../common/http2/frames.ts';
import { settings, uint32 } from '../../../common/http2/testing/frames.ts';

export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** The server's end of a session, which sends whatever a test tells it. */
export interface RawPeer {
  readonly session: ClientSession;
  readonly socket: Socket;
  /** What the session sent, in its order. */
  readonly seen: readonly SeenFrame[];
  /** What a receiver threw. */
  readonly defects: readonly unknown[];
  send(...frames: readonly Buffer[]): void;
  /** The first frame that fits, past or to come; null when the connection ends before. */
  find(fits: (frame: SeenFrame) => boolean): Promise<SeenFrame | null>;
  /** Code of the GOAWAY with which the session ended the connection; null when it ended without. */
  end(): Promise<number | null>;
  /** Code of the RST_STREAM for a stream; null when the connection ends before. */
  reset(streamId: number): Promise<number | null>;
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
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const near = net.connect(port, '127.0.0.1');
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [Socket],
    unknown,
  ];
  server.close();
  far.on('error', () => undefined);
  far.setNoDelay(true);
  near.setNoDelay(true);
  const seen: SeenFrame[] = [];
  let wake: () => void = () => undefined;
  const changed = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  readFrames(far, (frame) => {
    seen.push(frame);
    wake();
  });
  far.once('close', () => {
    wake();
  });
  far.once('end', () => far.end());
  const defects: unknown[] = [];
  const session = startClientSession(near, {
    ...(given.windows ?? smallWindows),
    onDefect: (error) => defects.push(error),
  });
  if (given.silent !== true) far.write(settings());
  const find: RawPeer['find'] = async (fits) => {
    for (;;) {
      const frame = seen.find(fits);
      if (frame !== undefined) return frame;
      if (far.closed) return null;
      await changed();
    }
  };
  return {
    session,
    socket: far,
    seen,
    defects,
    send: (...frames) => void far.write(Buffer.concat(frames)),
    find,
    end: async () => {
      while (!far.closed) await changed();
      const goaway = seen.findLast((frame) => frame.type === frameType.GOAWAY);
      return goaway === undefined ? null : goaway.payload.readUInt32BE(4);
    },
    reset: async (streamId) => {
      const found = await find(
        (frame) => frame.type === frameType.RST_STREAM && frame.streamId === streamId,
      );
      return found === null ? null : found.payload.readUInt32BE(0);
    },
    stop: () => {
      near.destroy();
      far.destroy();
    },
  };
}

/** A PING whose answer shows that everything before it was read. */
export const ping = uint32(0xc0ffee, 1);

function readFrames(socket: Socket, onFrame: (frame: SeenFrame) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  let preface = CLIENT_PREFACE.length;
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (preface > 0) {
      if (bytes.length < preface) return;
      if (bytes.toString('latin1', 0, preface) !== CLIENT_PREFACE) throw new Error('no preface');
      bytes = bytes.subarray(preface);
      preface = 0;
    }
    while (bytes.length >= 9) {
      const end = 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < end) return;
      onFrame({
        type: bytes[3] ?? 0,
        flags: bytes[4] ?? 0,
        streamId: bytes.readUInt32BE(5),
        payload: Buffer.from(bytes.subarray(9, end)),
      });
      bytes = bytes.subarray(end);
    }
  });
}
