import type { Runtime } from '../../../common/http2/octets.ts';

/** What Node lends to an HTTP/2 connection. */
export const nodeRuntime: Runtime<Buffer> = {
  allocate: (size) => Buffer.allocUnsafe(size),
  latin1: (bytes, start, end) => bytes.toString('latin1', start, end),
  write: (bytes, text, at) => void bytes.write(text, at, 'latin1'),
  now: () => performance.now(),
  soon: (run) => void setImmediate(run),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
