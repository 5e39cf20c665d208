import { ConnectionError, errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import { frameType } from './frames.ts';
import { uint32, type Runtime } from './octets.ts';

/** How long the last frames may take to leave, milliseconds. */
const FLUSH_MS = 250;

/** What a session does with its connection at the end. */
export interface Carrier {
  /** Ends it once everything that was written has left. */
  destroySoon(): void;
  destroy(): unknown;
}

/** How one session ends, in good order or by a fault. */
export interface SessionLife {
  /** It takes no new stream. */
  readonly closed: boolean;
  readonly destroyed: boolean;
  /** One side has said that it takes no new stream. */
  readonly leave: () => void;
  /** Says GOAWAY with the last stream that is taken, unless it is closed, which it is from now on. */
  readonly close: (last: number) => void;
  /** Sends what is unsent, then ends the connection. */
  readonly finish: () => void;
  /** Ends the connection for a fault of the peer, or of ours. */
  readonly fail: (code: number) => void;
  /** The connection has ended, or nothing can be answered any more; tells everybody once. */
  readonly tearDown: () => void;
  /** The connection is closed. */
  readonly gone: () => void;
  /** Runs what reads the connection; what it throws ends the session. */
  readonly guarded: (run: () => void) => void;
  /** Calls back at the end; at once when it has been. */
  readonly onClose: (listener: () => void) => void;
}

export interface SessionLifeDeps {
  readonly runtime: Pick<Runtime<never>, 'after'>;
  readonly writer: Pick<FrameWriter<never>, 'frame' | 'flush'>;
  readonly carrier: Carrier;
  /** Identifier of the last stream of the peer's that was looked at. */
  readonly lastTaken: () => number;
  /** Ends all that lives on the connection; once. */
  readonly onEnd: readonly (() => void)[];
  /** Something that was called has thrown. */
  readonly onDefect: (error: unknown) => void;
}

export function createSessionLife(deps: SessionLifeDeps): SessionLife {
  const { writer, carrier } = deps;
  const listeners: (() => void)[] = [];
  let closed = false;
  let destroyed = false;
  let finishing = false;
  let cancelTimer: () => void = () => undefined;

  const goaway = (code: number, last: number): void =>
    writer.frame(frameType.GOAWAY, 0, 0, uint32(last, code));
  const finish = (): void => {
    if (finishing) return;
    finishing = true;
    writer.flush();
    carrier.destroySoon();
    cancelTimer = deps.runtime.after(FLUSH_MS, () => carrier.destroy());
  };
  const tearDown = (): void => {
    if (destroyed) return;
    destroyed = true;
    closed = true;
    for (const end of [...deps.onEnd, ...listeners.splice(0)]) {
      try {
        end();
      } catch (error) {
        deps.onDefect(error);
      }
    }
  };
  const fail = (code: number): void => {
    if (destroyed) return;
    goaway(code, deps.lastTaken());
    finish();
    tearDown();
  };

  return {
    get closed() {
      return closed;
    },
    get destroyed() {
      return destroyed;
    },
    leave: () => {
      closed = true;
    },
    close: (last) => {
      if (destroyed) return;
      if (!closed) goaway(errorCode.NO_ERROR, last);
      closed = true;
    },
    finish,
    fail,
    tearDown,
    gone: () => {
      cancelTimer();
      tearDown();
    },
    guarded: (run) => {
      if (destroyed) return;
      try {
        run();
      } catch (error) {
        if (!(error instanceof ConnectionError)) deps.onDefect(error);
        fail(error instanceof ConnectionError ? error.code : errorCode.INTERNAL_ERROR);
      }
    },
    onClose: (listener) => {
      if (destroyed) listener();
      else listeners.push(listener);
    },
  };
}
