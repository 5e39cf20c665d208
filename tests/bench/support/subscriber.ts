import { randomBytes } from 'node:crypto';
import net, { type Socket } from 'node:net';

/** Joins as subscribers of the bots' target; answered when all are there. */
export interface Subscription {
  readonly port: number;
  readonly subscribers: number;
  /** An API key of that target. */
  readonly key: string;
}

/**
 * Subscribes to a target's messages on plain sockets and answers each with `reply`, the answers to what came together in one write
 * (RFC 6455 §5). `onMessage` is called for each.
 */
export async function subscribe(
  { port, key, subscribers }: Subscription,
  reply: string,
  onMessage: () => void,
): Promise<void> {
  const answer = (id: string): Buffer =>
    textFrame(`{"type":"answer","id":"${id}",${reply.slice(1)}`);
  for (let n = 0; n < subscribers; n += 1) {
    const socket = net.connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let rest: Buffer = await upgrade(socket, key);
    const read = (chunk: Buffer): void => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      socket.cork();
      for (let size = frameSize(rest); size > 0; size = frameSize(rest)) {
        const id = MESSAGE_ID.exec(rest.toString('latin1', 0, 128))?.[1];
        if (id !== undefined) {
          onMessage();
          socket.write(answer(id));
        }
        rest = rest.subarray(size);
      }
      socket.uncork();
    };
    read(Buffer.alloc(0));
    socket.on('data', read);
    socket.on('error', () => socket.destroy());
  }
}

const MESSAGE_ID = /"type":"message","id":"([^"]+)"/;

/** Resolves with what came behind the answer. */
function upgrade(socket: Socket, key: string): Promise<Buffer> {
  socket.write(
    'GET /api/ws HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
      `sec-websocket-key: ${randomBytes(16).toString('base64')}\r\nauthorization: Bearer ${key}\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    let head: Buffer = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      socket.off('data', read);
      if (head.toString('latin1').startsWith('HTTP/1.1 101')) resolve(head.subarray(end + 4));
      else reject(new Error('not taken as a subscriber'));
    };
    socket.on('data', read);
    socket.once('error', reject);
  });
}

/** Octets of the frame at the beginning; 0 while it is not whole. The gateway's frames are not masked. */
function frameSize(bytes: Buffer): number {
  if (bytes.length < 2) return 0;
  const short = (bytes[1] as number) & 127;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head) return 0;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return bytes.length < head + length ? 0 : head + length;
}

/** Masked with zeros, which changes nothing. Up to 65,535 octets of ASCII. */
function textFrame(text: string): Buffer {
  const isShort = text.length < 126;
  const head = isShort ? 6 : 8;
  const frame = Buffer.alloc(head + text.length);
  frame[0] = 0x81;
  frame[1] = 0x80 | (isShort ? text.length : 126);
  if (!isShort) frame.writeUInt16BE(text.length, 2);
  frame.write(text, head, 'latin1');
  return frame;
}
