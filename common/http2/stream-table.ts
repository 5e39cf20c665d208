import { encodeFields, type FieldList } from './field-list.ts';
import { createFlow, type Flow, type FlowWindows } from './flow.ts';
import { errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import { frameType } from './frames.ts';
import { createHpackEncoder } from './hpack-encoder.ts';
import type { Octets, Runtime } from './octets.ts';
import { initialPeerSettings, type PeerSettings } from './settings.ts';
import type { Stream, StreamHost } from './stream.ts';
import { StreamIndex } from './stream-index.ts';

/** The open streams of one session, whichever side opened them. */
export interface StreamTable<B extends Octets<B>, S> {
  readonly flow: Flow<B>;
  /** What the streams need of their session. */
  readonly host: StreamHost<B>;
  readonly peer: PeerSettings;
  readonly size: number;
  /** The connection has ended: from now on nothing is sent. */
  readonly isSilent: boolean;
  /** Takes a stream that has its identifier, the next one up. */
  readonly add: (stream: S) => void;
  readonly get: (streamId: number) => S | undefined;
  /** By age, the oldest first. */
  values(): readonly S[];
  /** HEADERS on a stream. Encoded in the order in which it is sent: both ends of HPACK depend on it. */
  readonly sendHead: (streamId: number, fields: FieldList, endStream: boolean) => void;
  /** Lets go of it once both sides have ended. */
  readonly forgetIfOver: (stream: Stream<B>) => void;
  /** Ends a stream of which the peer need not hear. */
  readonly lose: (stream: Stream<B>, code: number) => void;
  readonly silence: () => void;
  /** The connection has ended, and all its streams with it. */
  readonly loseAll: () => void;
  readonly applySettings: (next: PeerSettings) => void;
}

export interface StreamTableOptions<B extends Octets<B>> extends FlowWindows {
  readonly runtime: Runtime<B>;
  readonly writer: FrameWriter<B>;
  /** A stream has ended; `wasOpen` is false for one that is not, or no longer, in the table. */
  readonly onForget: (stream: Stream<B>, wasOpen: boolean) => void;
  /** A receiver has thrown when it was told that its stream is over. */
  readonly onDefect: (error: unknown) => void;
}

export function createStreamTable<B extends Octets<B>, S extends Stream<B>>(
  options: StreamTableOptions<B>,
): StreamTable<B, S> {
  const { runtime, writer } = options;
  const encoder = createHpackEncoder(runtime);
  const streams = new StreamIndex<S>();
  let peer = initialPeerSettings;
  let isSilent = false;

  const forget = (stream: Stream<B>): void => {
    const wasOpen = streams.delete(stream.id);
    if (wasOpen) flow.forget(stream);
    options.onForget(stream, wasOpen);
  };
  const forgetIfOver = (stream: Stream<B>): void => {
    if (stream.localEnded && stream.remoteEnded) forget(stream);
  };
  const encode = (fields: FieldList): B => encodeFields(fields, encoder);
  const flow = createFlow({
    ...{ runtime, writer, streams, encode },
    windows: options,
    onSentAll: forgetIfOver,
  });
  const host: StreamHost<B> = {
    send: flow.send,
    consumed: flow.consumed,
    held: flow.held,
    leave: (stream) => {
      if (!isSilent && streams.has(stream.id)) {
        writer.number(frameType.RST_STREAM, stream.id, stream.rstCode);
      }
      forget(stream);
    },
  };
  const lose = (stream: Stream<B>, code: number): void => {
    forget(stream);
    try {
      stream.lost(code);
    } catch (error) {
      // The others are to hear of their end too.
      options.onDefect(error);
    }
  };
  const silence = (): void => {
    isSilent = true;
  };

  return {
    flow,
    host,
    get peer() {
      return peer;
    },
    get size() {
      return streams.size;
    },
    get isSilent() {
      return isSilent;
    },
    add: (stream) => {
      stream.sendWindow = peer.streamWindow;
      streams.add(stream);
    },
    get: (id) => streams.get(id),
    values: () => streams.values(),
    sendHead: (id, fields, endStream) => writer.headers(id, encode(fields), endStream),
    forgetIfOver,
    lose,
    silence,
    loseAll: () => {
      silence();
      for (const stream of streams.values()) lose(stream, errorCode.INTERNAL_ERROR);
    },
    applySettings: (next) => {
      const grown = next.streamWindow - peer.streamWindow;
      peer = next;
      encoder.resize(next.leastTableSize);
      encoder.resize(next.tableSize);
      if (grown !== 0) flow.shift(grown);
    },
  };
}
