import { ConnectionError, errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import { frameType } from './frames.ts';
import { uint32, type Runtime } from './octets.ts';

/** How long the last frames may take to leave, milliseconds. */
const FLUSH_MS = 250;

/** What a session needs of its connection, beside writing to it. */
export interface Carrier<B> {
  readonly closed: boolean;
  on(event: 'data', listener: (chunk: B) => void): unknown;
  on(event: 'drain' | 'end' | 'error' | 'close', listener: () => void): unknown;
  /** Ends it once everything that was written has left. */
  destroySoon(): void;
  destroy(): unknown;
}

/** How one session reads its connection, and how it ends, in good order or by a fault. */
export interface SessionLife<B> {
  /** It takes no new stream. */
  readonly closed: boolean;
  readonly destroyed: boolean;
  /** One side has said that it takes no new stream. */
  readonly leave: () => void;
  /** Says GOAWAY with the last stream that is taken, unless it is closed, which it is from now on. */
  readonly close: (last: number) => void;
  /** Sends what is unsent, then ends the connection. */
  readonly finish: () => void;
  /** The connection has ended, or nothing can be answered any more; tells everybody once. */
  readonly tearDown: () => void;
  /** From now on `take` gets what comes, and `resume` is called when the connection takes more; what they throw ends the session. */
  readonly read: (take: (chunk: B) => void, resume: () => void) => void;
  /** Calls back at the end; at once when it has been. */
  readonly onClose: (listener: () => void) => void;
}

export interface SessionLifeDeps<B> {
  readonly runtime: Pick<Runtime<never>, 'after' | 'soon'>;
  readonly writer: Pick<FrameWriter<never>, 'frame' | 'flush'>;
  readonly carrier: Carrier<B>;
  /** Identifier of the last stream of the peer's that was looked at. */
  readonly lastTaken: () => number;
  /** Ends all that lives on the connection; once. */
  readonly onEnd: readonly (() => void)[];
  /** Something that was called has thrown. */
  readonly onDefect: (error: unknown) => void;
}

export function createSessionLife<B>(deps: SessionLifeDeps<B>): SessionLife<B> {
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
  /** Ends the connection for a fault of the peer, or of ours. */
  const fail = (code: number): void => {
    if (destroyed) return;
    goaway(code, deps.lastTaken());
    finish();
    tearDown();
  };
  const gone = (): void => {
    cancelTimer();
    tearDown();
  };
  const guarded = (run: () => void): void => {
    if (destroyed) return;
    try {
      run();
    } catch (error) {
      if (!(error instanceof ConnectionError)) deps.onDefect(error);
      fail(error instanceof ConnectionError ? error.code : errorCode.INTERNAL_ERROR);
    }
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
    tearDown,
    read: (take, resume) => {
      carrier.on('data', (chunk) => guarded(() => take(chunk)));
      carrier.on('drain', () => guarded(resume));
      // Nothing more can be answered; a peer that does not read either is not waited for.
      carrier.on('end', () => {
        tearDown();
        finish();
      });
      carrier.on('error', () => carrier.destroy());
      carrier.on('close', gone);
      if (carrier.closed) deps.runtime.soon(gone);
    },
    onClose: (listener) => {
      if (destroyed) listener();
      else listeners.push(listener);
    },
  };
}
