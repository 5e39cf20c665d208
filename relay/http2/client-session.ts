import type { OutgoingHttpHeaders } from 'node:http2';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import {
  RequestStream,
  type ClientStream,
  type ResponseHead,
  type StreamHost,
} from './client-stream.ts';
import { ConnectionError, errorCode } from './errors.ts';
import { createFlow } from './flow.ts';
import { createFrameReader } from './frame-reader.ts';
import { createFrameWriter } from './frame-writer.ts';
import { CLIENT_PREFACE, flag, frameType } from './frames.ts';
import { createHeadReader } from './head-reader.ts';
import { createHpackEncoder } from './hpack-encoder.ts';
import { createNuisance } from './nuisance.ts';
import { createPings } from './pings.ts';
import type { FieldLimits } from './response-fields.ts';
import { encodeFields, listRequestFields, type FieldList } from './request-fields.ts';
import { encodeSettings, readSettings, type PeerSettings } from './settings.ts';

export interface ClientSessionOptions {
  /** Window of a stream at first, and up to which it grows while its reader keeps up, octets. */
  readonly firstWindow: number;
  readonly streamWindow: number;
  /** Window of all streams together, octets. */
  readonly sessionWindow: number;
  readonly fields: FieldLimits;
  /** A listener of a stream has thrown; the session ends. */
  readonly onDefect: (error: unknown) => void;
}

/** The client's end of an HTTP/2 connection (RFC 9113): it opens streams, the peer answers. */
export interface ClientSession {
  /** It takes no new stream: one side has said GOAWAY, the identifiers are used up, or it is destroyed. */
  readonly closed: boolean;
  readonly destroyed: boolean;
  /**
   * Sends a request. A stream beyond what the peer allows at once waits for its turn. Throws when the session is closed or a
   * field cannot be written.
   */
  request(fields: OutgoingHttpHeaders, endStream: boolean): ClientStream;
  /** Asks for life (RFC 9113 §6.7); calls back with the round trip in milliseconds, or with `alive` false. False when it cannot be asked. */
  ping(answered: (alive: boolean, roundTrip: number | null) => void): boolean;
  /** Says GOAWAY, lets the open streams finish, then ends the connection. */
  close(): void;
  /** The connection has ended; called once, at once when it has already. */
  onClose(listener: () => void): void;
}

/** Streams are numbered up to 2³¹ − 1 (RFC 9113 §5.1.1); a session hands over to a new one before. */
const LAST_STREAM = 2 ** 31 - 1;
/** How long the last frames may take to leave, milliseconds. */
const FLUSH_MS = 250;

/**
 * Takes a connection whose handshake is done. A peer that breaks the protocol or floods loses the connection, and all its
 * streams with it; nothing of that is thrown.
 */
export function startClientSession(socket: Socket, options: ClientSessionOptions): ClientSession {
  const events = new EventEmitter<{ close: [] }>();
  const writer = createFrameWriter(socket);
  const encoder = createHpackEncoder();
  const streams = new Map<number, RequestStream>();
  /** Beyond what the peer allows at once. */
  const waiting = new Map<RequestStream, FieldList>();
  // RFC 9113 §6.5.2; a hundred at once until the peer has said what it allows.
  let peer: PeerSettings = { maxStreams: 100, streamWindow: 65_535, tableSize: 4_096 };
  let nextId = 1;
  let closed = false;
  let destroyed = false;

  const flow = createFlow(writer, streams, options);
  const pings = createPings(writer);
  const nuisance = createNuisance(writer);

  const begin = (stream: RequestStream, fields: FieldList): void => {
    stream.id = nextId;
    nextId += 2;
    stream.sendWindow = peer.streamWindow;
    streams.set(stream.id, stream);
    writer.headers(stream.id, encodeFields(fields, encoder), stream.localEnded);
    if (nextId > LAST_STREAM) close();
  };
  const beginWaiting = (): void => {
    for (const [stream, fields] of waiting) {
      if (streams.size >= peer.maxStreams || destroyed) return;
      waiting.delete(stream);
      begin(stream, fields);
      flow.send(stream);
    }
  };
  const forget = (stream: RequestStream): void => {
    if (!streams.delete(stream.id)) return;
    flow.forget(stream);
    if (waiting.size > 0) beginWaiting();
    if (closed && streams.size === 0 && waiting.size === 0) finish();
  };
  const close = (): void => {
    if (destroyed) return;
    if (!closed) writer.frame(frameType.GOAWAY, 0, 0, goaway(0, errorCode.NO_ERROR));
    closed = true;
    if (streams.size === 0 && waiting.size === 0) finish();
  };
  const finish = (): void => {
    writer.flush();
    socket.destroySoon();
    setTimeout(() => socket.destroy(), FLUSH_MS).unref();
  };
  const forgetIfOver = (stream: RequestStream): void => {
    if (stream.localEnded && stream.remoteEnded) forget(stream);
  };
  const host: StreamHost = {
    send: flow.send,
    consumed: flow.consumed,
    sendWhole: (stream, body) => {
      if (!flow.sendWhole(stream, body)) return false;
      forgetIfOver(stream);
      return true;
    },
    end: (stream) => {
      stream.localEnded = true;
      // A stream that waits carries its end in its head.
      if (stream.id === 0) return;
      writer.data(stream.id, NOTHING, true);
      forgetIfOver(stream);
    },
    leave: (stream) => {
      waiting.delete(stream);
      if (!streams.has(stream.id)) return;
      if (!destroyed) {
        // Destroyed from outside, or by a fault of its reader.
        if (stream.rstCode === errorCode.NO_ERROR) stream.rstCode = errorCode.INTERNAL_ERROR;
        writer.number(frameType.RST_STREAM, stream.id, stream.rstCode);
      }
      forget(stream);
    },
  };

  /** Ends a stream that the peer will not hear of again. */
  const lose = (stream: RequestStream, code: number): void => {
    waiting.delete(stream);
    streams.delete(stream.id);
    flow.forget(stream);
    stream.rstCode = code;
    stream.destroy();
  };
  const tearDown = (): void => {
    if (destroyed) return;
    destroyed = true;
    closed = true;
    pings.fail();
    for (const stream of waiting.keys()) lose(stream, errorCode.REFUSED_STREAM);
    for (const stream of streams.values()) lose(stream, errorCode.INTERNAL_ERROR);
    events.emit('close');
  };
  const fail = (code: number): void => {
    if (destroyed) return;
    writer.frame(frameType.GOAWAY, 0, 0, goaway(0, code));
    finish();
    tearDown();
  };

  const malformed = (stream: RequestStream): void => stream.reset(errorCode.PROTOCOL_ERROR);
  const remoteEnd = (stream: RequestStream): void => {
    if (stream.bodyLeft !== null && stream.bodyLeft > 0) {
      malformed(stream);
      return;
    }
    stream.remoteEnded = true;
    forgetIfOver(stream);
    stream.push(null);
  };
  const isOurs = (id: number): boolean => id % 2 === 1 && id < nextId;
  const streamOf = (id: number): RequestStream | undefined => {
    if (!isOurs(id)) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'stream never opened');
    return streams.get(id);
  };

  const heads = createHeadReader(options.fields, {
    isTrailer: (id) => streams.get(id)?.answered === true,
    onHead: (id, fields, endStream) => {
      const stream = streamOf(id);
      if (stream === undefined) return;
      if (fields === null || stream.remoteEnded || (stream.answered && !endStream)) {
        malformed(stream);
        return;
      }
      answerHead(stream, fields, endStream);
      if (endStream && !stream.destroyed) remoteEnd(stream);
    },
  });
  const answerHead = (stream: RequestStream, fields: ResponseHead, endStream: boolean): void => {
    const status = fields[':status'];
    if (stream.answered) stream.emit('trailers', fields);
    else if (status !== undefined && status < 200) {
      if (endStream || status === 101) malformed(stream);
      else stream.emit('headers', fields);
    } else {
      stream.answered = true;
      const length = fields['content-length'];
      if (length !== undefined && !stream.isHead && status !== 304)
        stream.bodyLeft = Number(length);
      stream.emit('response', fields);
    }
  };

  const reader = createFrameReader({
    onData: (id, size) => {
      if (heads.isOpen)
        throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'header block interrupted');
      const stream = streamOf(id);
      if (size === 0) nuisance.count();
      flow.received(stream, size);
      if (stream !== undefined && (!stream.answered || stream.remoteEnded)) malformed(stream);
    },
    onPayload: (id, piece) => {
      const stream = streams.get(id);
      if (stream === undefined) return;
      if (stream.bodyLeft !== null) stream.bodyLeft -= piece.length;
      if (stream.bodyLeft !== null && stream.bodyLeft < 0) malformed(stream);
      else {
        stream.push(piece);
        flow.consumed(stream);
      }
    },
    onDataEnd: (id, endStream) => {
      const stream = endStream ? streams.get(id) : undefined;
      if (stream !== undefined) remoteEnd(stream);
    },
    onFrame: (type, flags, id, payload) => {
      if (heads.take(type, flags, id, payload)) return;
      switch (type) {
        case frameType.RST_STREAM:
          readReset(id, payload);
          return;
        case frameType.SETTINGS:
          applySettings(flags, id, payload);
          return;
        case frameType.PING:
          nuisance.count();
          pings.take(flags, id, payload);
          return;
        case frameType.GOAWAY:
          readGoaway(id, payload);
          return;
        case frameType.WINDOW_UPDATE:
          flow.update(id === 0 ? null : (streamOf(id) ?? undefined), payload);
          return;
        case frameType.PUSH_PROMISE:
          // RFC 9113 §8.4: we have switched it off.
          throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'push');
        default:
          nuisance.count();
      }
    },
  });

  const readReset = (id: number, payload: Buffer): void => {
    if (payload.length !== 4) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'reset');
    const stream = streamOf(id);
    if (stream === undefined) {
      nuisance.count();
      return;
    }
    const code = payload.readUInt32BE(0);
    // RFC 9113 §8.1: the answer is whole, and the peer does not want the rest of the request.
    if (code === errorCode.NO_ERROR && stream.remoteEnded) {
      stream.localEnded = true;
      forget(stream);
      const { unsent } = stream;
      stream.unsent = null;
      unsent?.done();
    } else lose(stream, code === errorCode.NO_ERROR ? errorCode.CANCEL : code);
    if (waiting.size > 0) beginWaiting();
    if (closed && !destroyed && streams.size === 0 && waiting.size === 0) finish();
  };
  const applySettings = (flags: number, id: number, payload: Buffer): void => {
    nuisance.count();
    const next = readSettings(flags, id, payload, peer);
    if (next === null) return;
    const grown = next.streamWindow - peer.streamWindow;
    peer = next;
    encoder.resize(next.tableSize);
    writer.frame(frameType.SETTINGS, flag.ACK, 0, NOTHING);
    if (grown !== 0) flow.shift(grown);
    beginWaiting();
  };
  const readGoaway = (id: number, payload: Buffer): void => {
    if (id !== 0 || payload.length < 8) {
      throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'goaway');
    }
    const last = payload.readUInt32BE(0) & 0x7fffffff;
    closed = true;
    for (const stream of waiting.keys()) lose(stream, errorCode.REFUSED_STREAM);
    // RFC 9113 §6.8: what is above was not looked at, and may be sent elsewhere.
    for (const stream of streams.values()) {
      if (stream.id > last) lose(stream, errorCode.REFUSED_STREAM);
    }
    if (streams.size === 0) finish();
  };

  socket.on('data', (chunk: Buffer) => {
    if (destroyed) return;
    try {
      reader.push(chunk);
    } catch (error) {
      if (!(error instanceof ConnectionError)) options.onDefect(error);
      fail(error instanceof ConnectionError ? error.code : errorCode.INTERNAL_ERROR);
    }
  });
  socket.on('drain', flow.resume);
  socket.on('end', () => socket.destroySoon());
  socket.once('close', tearDown);

  socket.write(CLIENT_PREFACE);
  writer.frame(frameType.SETTINGS, 0, 0, encodeSettings(options));
  flow.open();

  return {
    get closed() {
      return closed;
    },
    get destroyed() {
      return destroyed;
    },
    request: (fields, endStream) => {
      if (closed) throw new Error('the session is closed');
      const list = listRequestFields(fields);
      const isHead = fields[':method'] === 'HEAD';
      const stream = new RequestStream(host, options.firstWindow, isHead, endStream);
      if (streams.size < peer.maxStreams) begin(stream, list);
      else waiting.set(stream, list);
      return stream;
    },
    ping: (answered) => !destroyed && pings.ask(answered),
    close,
    onClose: (listener) => {
      if (destroyed) listener();
      else events.once('close', listener);
    },
  };
}

const NOTHING = Buffer.alloc(0);

function goaway(lastStream: number, code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(lastStream, 0);
  payload.writeUInt32BE(code, 4);
  return payload;
}
