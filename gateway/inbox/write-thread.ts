import { existsSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { BatchResult } from './batch.ts';
import type { HotWrite } from './hot-writes.ts';
import {
  DONE,
  pack,
  STAGE,
  stages,
  type FromThread,
  type ToThread,
  type WriteThreadData,
} from './write-thread-wire.ts';

/** Longest that the program waits for a batch of the thread, milliseconds. */
const LONGEST_MS = 10_000;

/** A thread with a connection of its own that does one batch of hot writes after the other. */
export interface WriteThread {
  /** `done` is called when the batch is on disk, or known not to be. Only one at a time. */
  run(writes: readonly HotWrite[], done: (result: BatchResult) => void): void;
  /** Waits for the batch under way, without letting anything else happen, and calls its `done`. */
  finish(): void;
  /** {@link finish}, then the end of the thread and its connection. */
  close(): void;
}

/** A thread from its start on. */
export interface StartedThread {
  /** Null where none can be had. */
  readonly ready: Promise<WriteThread | null>;
  /** As {@link WriteThread.close}; one that is still starting never opens the database after this. */
  close(): void;
}

/** The result of a batch whose thread died: nobody knows whether it is on disk. */
export const LOST = 'writer_lost';

/**
 * Starts a thread on the database `file`. `onLost` is told when it dies, after the batch under way was called back with
 * {@link LOST}.
 */
export function startWriteThread(file: string, onLost: () => void): StartedThread {
  const { port1: port, port2 } = new MessageChannel();
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const data: WriteThreadData = { file, port: port2, shared };
  const worker = new Worker(program(), { workerData: data, transferList: [port2] });
  worker.unref();
  let current: { readonly size: number; done(result: BatchResult): void } | null = null;
  let sent = 0;
  let ended = false;

  function settle(result: BatchResult): void {
    const batch = current;
    current = null;
    batch?.done(result);
  }

  function lose(): void {
    if (ended) return;
    ended = true;
    const results = Array.from({ length: current?.size ?? 0 }, () => {
      return { ok: false, reason: LOST } as const;
    });
    settle({ results, storeFailure: null });
    onLost();
  }

  function send(message: ToThread): void {
    sent += 1;
    if (message === 'close') port.postMessage(message);
    else port.postMessage(message, [message.bytes]);
  }

  /** Whether the thread has done all that it was sent. */
  function isDone(): boolean {
    const until = performance.now() + LONGEST_MS;
    for (;;) {
      const count = Atomics.load(shared, DONE);
      const left = until - performance.now();
      if (count === sent || left <= 0) return count === sent;
      Atomics.wait(shared, DONE, count, left);
    }
  }

  /** Whether the thread has the database open. Calls it off where it has not come so far, waits where it is about to. */
  function isOpen(): boolean {
    const { starting, opening, calledOff } = stages;
    const stage = Atomics.compareExchange(shared, STAGE, starting, calledOff);
    if (stage === opening) Atomics.wait(shared, STAGE, opening, LONGEST_MS);
    return Atomics.load(shared, STAGE) === stages.open;
  }

  const thread: WriteThread = {
    run(writes, onDone) {
      current = { size: writes.length, done: onDone };
      // What is under way keeps the program alive, as any other write does.
      port.ref();
      send(pack(writes));
    },
    finish() {
      if (current === null || ended) return;
      const received = isDone() ? receiveMessageOnPort(port) : undefined;
      if (received === undefined) {
        void worker.terminate();
        lose();
        return;
      }
      port.unref();
      settle(received.message as BatchResult);
    },
    close() {
      thread.finish();
      if (ended) return;
      ended = true;
      if (isOpen()) {
        send('close');
        isDone();
      }
      port.close();
      void worker.terminate();
    },
  };
  const ready = new Promise<WriteThread | null>((resolve) => {
    port.on('message', (message: FromThread) => {
      if (message === 'ready') {
        port.unref();
        resolve(thread);
        return;
      }
      port.unref();
      settle(message);
    });
    const fail = (): void => {
      lose();
      resolve(null);
    };
    worker.on('error', fail);
    worker.on('exit', fail);
  });
  return { ready, close: () => thread.close() };
}

/** Beside this file: its source, or what the build made of it. */
function program(): URL {
  const source = new URL('./write-thread-program.ts', import.meta.url);
  return existsSync(source) ? source : new URL('./inbox-writer.js', import.meta.url);
}
