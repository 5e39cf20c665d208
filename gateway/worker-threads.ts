/**
 * `[server] worker_threads`: how many threads do what would hold up the main one, that is compression, name resolution and
 * files (libuv's pool). Verifying and decrypting a callback takes some 40 µs and stays on the main thread, where it is faster
 * than the way to another one. To be called before any of that work has begun, later it has no effect; without a call there
 * are four.
 */
export function setWorkerThreads(count: number): void {
  process.env['UV_THREADPOOL_SIZE'] = String(count);
}
