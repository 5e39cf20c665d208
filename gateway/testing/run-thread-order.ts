import { gzip } from 'node:zlib';
import { setWorkerThreads } from '../worker-threads.ts';

// Two compressions, each one piece of work, begun one after the other; prints in which order they end.
setWorkerThreads(Number(process.argv[2]));
const order: string[] = [];
const compress = (name: string, size: number): Promise<void> =>
  new Promise((resolve) => {
    gzip(Buffer.alloc(size, 'some text '), { level: 9, chunkSize: 1 << 20 }, () => {
      order.push(name);
      resolve();
    });
  });
await Promise.all([compress('long', 64 << 20), compress('short', 16)]);
process.stdout.write(order.join(' '));
