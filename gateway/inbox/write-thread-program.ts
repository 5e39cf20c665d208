// A thread that does the hot writes, so that the program's own never waits for the disk.
import { workerData } from 'node:worker_threads';
import { createBatchRunner } from './batch.ts';
import { prepareHotWrites } from './hot-writes.ts';
import { openConnection } from './schema.ts';
import {
  unpack,
  type FromThread,
  type ToThread,
  type WriteThreadData,
} from './write-thread-wire.ts';

const { file, port, done } = workerData as WriteThreadData;
const db = openConnection(file);
const write = prepareHotWrites(db);
const run = createBatchRunner(db);

function tell(message: FromThread): void {
  port.postMessage(message);
}

function finish(): void {
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
}

port.on('message', (message: ToThread) => {
  if (message === 'close') {
    db.close();
    port.close();
    finish();
    return;
  }
  const { results, storeFailure } = run(unpack(message).map((one) => () => write(one)));
  tell({
    storeFailure,
    // An error of the driver does not cross; its code does.
    results: results.map((result) => (result.ok ? result : { ok: false, reason: result.reason })),
  });
  finish();
});
tell('ready');
