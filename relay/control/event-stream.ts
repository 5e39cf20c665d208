import type { ServerHttp2Stream } from 'node:http2';
import type { RelayEvent } from '../../common/tunnel/control.ts';

/** The long answer of JSON lines in which the relay speaks to a device by itself. */
export interface EventStream {
  /** Starts to write into `stream`; one that was open before is ended. */
  open(stream: ServerHttp2Stream): void;
  /** Writes a line. False when nobody listens, or so slowly that the listener was let go. */
  write(event: RelayEvent): boolean;
  end(): void;
}

/** A device that leaves this much unread does not read at all. */
const MAX_UNREAD = 64 * 1024;

export function createEventStream(): EventStream {
  let current: ServerHttp2Stream | null = null;
  const end = (): void => {
    current?.end();
    current = null;
  };
  return {
    open: (stream) => {
      end();
      stream.respond({ ':status': 200, 'content-type': 'application/x-ndjson' });
      stream.once('close', () => {
        if (current === stream) current = null;
      });
      current = stream;
    },
    write: (event) => {
      if (current === null || current.destroyed) return false;
      current.write(`${JSON.stringify(event)}\n`);
      if (current.writableLength <= MAX_UNREAD) return true;
      current.destroy();
      current = null;
      return false;
    },
    end,
  };
}
