import { ConnectionError, errorCode } from '../../../common/http2/errors.ts';
import type { FlowWindows } from '../../../common/http2/flow.ts';
import type { FrameWriter } from '../../../common/http2/frame-writer.ts';
import { frameType } from '../../../common/http2/frames.ts';
import * as shared from '../../../common/http2/stream-table.ts';
import { nodeRuntime } from './runtime.ts';
import { ServerStream, type RequestParts, type ServerHost } from './server-stream.ts';

/** The streams that the peer has opened, until their end. */
export interface ServerTable extends Pick<
  shared.StreamTable<Buffer, ServerStream>,
  'flow' | 'peer' | 'size' | 'forgetIfOver' | 'lose' | 'loseAll' | 'applySettings'
> {
  /** No further stream is taken: there are enough, or we have said so. */
  readonly isFull: boolean;
  /** Highest identifier that a request came on. */
  readonly last: number;
  /**
   * Whether a block of that number opens a stream; it is the last one then. Throws `ConnectionError` for a number that no
   * client may use (RFC 9113 §5.1.1).
   */
  readonly isNew: (streamId: number) => boolean;
  open(parts: Omit<RequestParts, 'window'>): ServerStream;
  /** Resets a stream that was not opened. */
  refuse(streamId: number, code: number): void;
  /** Undefined for one that is over. Throws `ConnectionError` for one that was never opened. */
  readonly find: (streamId: number) => ServerStream | undefined;
}

export interface ServerTableOptions extends FlowWindows {
  /** Streams at once. */
  readonly maxStreams: number;
  /** Whether we take no new stream. */
  readonly isClosed: () => boolean;
  /** A stream is over; `inOrder` says whether both sides had ended. */
  readonly onForget: (inOrder: boolean) => void;
  /** A receiver has thrown when it was told that its stream is over. */
  readonly onDefect: (error: unknown) => void;
}

export function createServerTable(
  writer: FrameWriter<Buffer>,
  options: ServerTableOptions,
): ServerTable {
  let last = 0;
  const open = shared.createStreamTable<Buffer, ServerStream>({
    ...{ runtime: nodeRuntime, writer, onDefect: options.onDefect },
    ...{ streamWindow: options.streamWindow, sessionWindow: options.sessionWindow },
    onForget: (stream, wasOpen) => {
      if (wasOpen) options.onForget(stream.localEnded && stream.remoteEnded);
    },
  });
  const host: ServerHost = {
    ...open.host,
    sendHead: open.sendHead,
    sentAll: open.forgetIfOver,
  };

  return {
    flow: open.flow,
    get peer() {
      return open.peer;
    },
    get size() {
      return open.size;
    },
    get isFull() {
      return open.size >= options.maxStreams || options.isClosed();
    },
    get last() {
      return last;
    },
    isNew: (id) => {
      requireOdd(id);
      return id > last;
    },
    open: (parts) => {
      last = parts.id;
      const stream = new ServerStream(host, { ...parts, window: options.streamWindow });
      open.add(stream);
      return stream;
    },
    refuse: (id, code) => {
      last = id;
      writer.number(frameType.RST_STREAM, id, code);
    },
    find: (id) => {
      requireOdd(id);
      if (id > last) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'stream never opened');
      return open.get(id);
    },
    forgetIfOver: open.forgetIfOver,
    lose: open.lose,
    loseAll: open.loseAll,
    applySettings: open.applySettings,
  };
}

function requireOdd(id: number): void {
  if (id % 2 === 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'stream number');
}
