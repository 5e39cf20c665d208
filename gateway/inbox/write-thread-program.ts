// A thread that does the hot writes, so that the program's own never waits for the disk.
import { workerData } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';
import { createBatchRunner } from './batch.ts';
import { prepareHotWrites } from './hot-writes.ts';
import { openConnection } from './schema.ts';
import {
  DONE,
  STAGE,
  stages,
  unpack,
  type FromThread,
  type ToThread,
  type WriteThreadData,
} from './write-thread-wire.ts';

const { file, port, shared } = workerData as WriteThreadData;

function tell(message: FromThread): void {
  port.postMessage(message);
}

function finish(): void {
  Atomics.add(shared, DONE, 1);
  Atomics.notify(shared, DONE);
}

function enter(stage: number): void {
  Atomics.store(shared, STAGE, stage);
  Atomics.notify(shared, STAGE);
}

function open() {
  let db: Database | undefined;
  try {
    db = openConnection(file);
    const write = prepareHotWrites(db);
    enter(stages.open);
    return { db, write, run: createBatchRunner(db) };
  } catch (error) {
    db?.close();
    enter(stages.failed);
    throw error;
  }
}

function serve(): void {
  const { db, write, run } = open();
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
}

// Who closed the store meanwhile may have taken its folder away.
const { starting, opening } = stages;
if (Atomics.compareExchange(shared, STAGE, starting, opening) === starting) serve();
