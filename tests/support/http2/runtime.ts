import type { Runtime } from '../../../common/http2/octets.ts';

/** Node's part of a connection, for tests. */
export const testRuntime: Runtime<Buffer> = {
  allocate: (size) => Buffer.alloc(size, 0xee),
  latin1: (bytes, start, end) => bytes.toString('latin1', start, end),
  write: (bytes, text, at) => void bytes.write(text, at, 'latin1'),
  now: () => performance.now(),
  soon: (run) => void setImmediate(run),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
