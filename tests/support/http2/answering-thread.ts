import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** An HTTP/2 server that answers a ping while the thread of the test stands still. */
export interface AnsweringThread {
  readonly port: number;
  /** Stops this thread until the ping that was sent has its answer, with all timers up to `ms` due next. */
  standStill(ms: number): Promise<void>;
  close(): Promise<void>;
}

const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:http2').createServer();
  server.on('session', (session) => session.on('ping', () => setImmediate(() => {
    Atomics.store(workerData, 0, 1);
    Atomics.notify(workerData, 0);
  })));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

export async function startAnsweringThread(): Promise<AnsweringThread> {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(PROGRAM, { eval: true, workerData: answered });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    port,
    standStill: async (ms) => {
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.wait(answered, 0, 0);
      Atomics.wait(answered, 0, 1, ms);
    },
    close: async () => {
      await worker.terminate();
    },
  };
}
