import { createAnswers } from './answers.ts';
import { ConnectionError, errorCode } from './errors.ts';
import { createFrameReader } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import { flag, frameType } from './frames.ts';
import { createHeadReader, interrupted } from './head-reader.ts';
import type { Nuisance } from './nuisance.ts';
import type { Pings } from './pings.ts';
import type { RequestStream } from './request-stream.ts';
import type { FieldLimits } from './response-fields.ts';
import { readSettings } from './settings.ts';
import type { StreamTable } from './stream-table.ts';

export interface IncomingDeps {
  readonly writer: FrameWriter;
  readonly table: StreamTable;
  readonly pings: Pings;
  readonly nuisance: Nuisance;
  readonly fields: FieldLimits;
  /** The peer takes no new stream (RFC 9113 §6.8). */
  readonly onGoaway: () => void;
}

/** WINDOW_UPDATE by less moves next to nothing, octets. */
const LITTLE = 1_024;

/** What the peer sends: read, judged and given to the streams. Returns what takes the octets; it throws `ConnectionError`. */
export function createIncoming(deps: IncomingDeps): (chunk: Buffer) => void {
  const { writer, table, pings, nuisance } = deps;
  const { flow } = table;
  const answers = createAnswers(nuisance, (stream) => table.forgetIfOver(stream));
  /** They got something of what is being read. */
  const touched: RequestStream[] = [];
  let greeted = false;

  const touch = (stream: RequestStream): void => {
    if (touched.at(-1) !== stream) touched.push(stream);
  };
  /** A stream that is over: what is on its way when we break one off, but not for ever. */
  const findOrCount = (id: number): RequestStream | undefined => {
    const stream = table.find(id);
    if (stream === undefined) nuisance.count();
    return stream;
  };

  const heads = createHeadReader(deps.fields, {
    check: (id) => void table.find(id),
    isTrailer: (id) => table.find(id)?.answered === true,
    onHead: (id, fields, endStream) => {
      const stream = findOrCount(id);
      if (stream === undefined) return;
      answers.head(stream, fields, endStream);
      touch(stream);
    },
  });

  const reader = createFrameReader({
    onData: (id, size, isIdle) => {
      if (!greeted) throw notGreeted();
      if (heads.isOpen) throw interrupted();
      if (isIdle) nuisance.count();
      const stream = table.find(id);
      flow.received(stream, size);
      if (stream !== undefined) answers.data(stream);
    },
    onPayload: (id, piece) => {
      const stream = table.find(id);
      if (stream !== undefined && answers.piece(stream, piece)) touch(stream);
    },
    onDataEnd: (id, endStream) => {
      const stream = table.find(id);
      if (stream === undefined) return;
      if (endStream) answers.end(stream);
      else flow.consumed(stream);
    },
    onFrame: (type, flags, id, payload) => {
      // RFC 9113 §3.4: its SETTINGS come first.
      greeted ||= type === frameType.SETTINGS && (flags & flag.ACK) === 0;
      if (!greeted) throw notGreeted();
      if (heads.take(type, flags, id, payload)) return;
      switch (type) {
        case frameType.RST_STREAM:
          takeReset(id, payload);
          return;
        case frameType.SETTINGS:
          takeSettings(flags, id, payload);
          return;
        case frameType.PING:
          nuisance.count();
          pings.take(flags, id, payload);
          return;
        case frameType.GOAWAY:
          takeGoaway(id, payload);
          return;
        case frameType.WINDOW_UPDATE:
          takeWindow(id, payload);
          return;
        case frameType.PRIORITY:
          takePriority(id, payload);
          return;
        case frameType.PUSH_PROMISE:
          // RFC 9113 §8.4: we have switched it off.
          throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'push');
        default:
          nuisance.count();
      }
    },
  });

  const takeReset = (id: number, payload: Buffer): void => {
    if (payload.length !== 4) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'reset');
    const stream = findOrCount(id);
    if (stream === undefined) return;
    const code = payload.readUInt32BE(0);
    // RFC 9113 §8.1: the answer is whole, and the peer does not want the rest of the request.
    if (code === errorCode.NO_ERROR && stream.remoteEnded) {
      stream.localEnd();
      table.forgetIfOver(stream);
    } else table.lose(stream, code === errorCode.NO_ERROR ? errorCode.CANCEL : code);
  };
  const takeSettings = (flags: number, id: number, payload: Buffer): void => {
    nuisance.count();
    const next = readSettings(flags, id, payload, table.peer);
    if (next === null) return;
    writer.frame(frameType.SETTINGS, flag.ACK, 0, NOTHING);
    table.applySettings(next);
  };
  const takeGoaway = (id: number, payload: Buffer): void => {
    nuisance.count();
    if (id !== 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'goaway');
    if (payload.length < 8) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'goaway');
    deps.onGoaway();
    table.refuseAbove(payload.readUInt32BE(0) & 0x7fffffff);
  };
  const takeWindow = (id: number, payload: Buffer): void => {
    if (payload.length !== 4) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'window');
    const increment = payload.readUInt32BE(0) & 0x7fffffff;
    if (increment < LITTLE) nuisance.count();
    const stream = id === 0 ? null : findOrCount(id);
    if (stream !== undefined) flow.update(stream, increment);
  };
  /** RFC 9113 §5.3.2: it says nothing any more, but has to be well-formed. */
  const takePriority = (id: number, payload: Buffer): void => {
    nuisance.count();
    if (id === 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'priority');
    if (payload.length !== 5) table.find(id)?.reset(errorCode.FRAME_SIZE_ERROR);
  };

  return (chunk) => {
    reader.push(chunk);
    for (const stream of touched.splice(0)) if (!stream.remoteEnded) stream.lull();
  };
}

const NOTHING = Buffer.alloc(0);

function notGreeted(): ConnectionError {
  return new ConnectionError(errorCode.PROTOCOL_ERROR, 'no settings');
}
