import { ConnectionError, errorCode } from './errors.ts';
import { createFrameReader } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import { flag, frameType } from './frames.ts';
import { createHeadReader } from './head-reader.ts';
import type { Nuisance } from './nuisance.ts';
import type { Pings } from './pings.ts';
import type { RequestStream, ResponseHead } from './request-stream.ts';
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

/** What the peer sends: read, judged and given to the streams. Returns what takes the octets; it throws `ConnectionError`. */
export function createIncoming(deps: IncomingDeps): (chunk: Buffer) => void {
  const { writer, table, pings, nuisance } = deps;
  const { flow } = table;
  /** They got something of what is being read. */
  const touched: RequestStream[] = [];

  const malformed = (stream: RequestStream): void => stream.reset(errorCode.PROTOCOL_ERROR);
  const touch = (stream: RequestStream): void => {
    if (touched.at(-1) !== stream) touched.push(stream);
  };
  const end = (stream: RequestStream): void => {
    if (stream.bodyLeft !== null && stream.bodyLeft > 0) {
      malformed(stream);
      return;
    }
    stream.ended();
    table.forgetIfOver(stream);
  };

  const heads = createHeadReader(deps.fields, {
    isTrailer: (id) => table.find(id)?.answered === true,
    onHead: (id, fields, endStream) => {
      const stream = table.find(id);
      if (stream === undefined) return;
      if (fields === null || stream.remoteEnded || (stream.answered && !endStream)) {
        malformed(stream);
        return;
      }
      takeHead(stream, fields, endStream);
      if (endStream && !stream.closed) end(stream);
      else touch(stream);
    },
  });
  const takeHead = (stream: RequestStream, fields: ResponseHead, endStream: boolean): void => {
    const status = fields[':status'] ?? 0;
    if (stream.answered) stream.trailers(fields);
    else if (status < 200) {
      // RFC 9113 §8.6: there is no upgrade in HTTP/2.
      if (endStream || status === 101) malformed(stream);
      else stream.interim(fields);
    } else {
      const length = fields['content-length'];
      if (length !== undefined && !stream.isHead && status !== 304) {
        stream.bodyLeft = Number(length);
      }
      stream.head(fields);
    }
  };

  const reader = createFrameReader({
    onData: (id, size) => {
      if (heads.isOpen) {
        throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'header block interrupted');
      }
      const stream = table.find(id);
      if (size === 0) nuisance.count();
      flow.received(stream, size);
      if (stream !== undefined && (!stream.answered || stream.remoteEnded)) malformed(stream);
    },
    onPayload: (id, piece) => {
      const stream = table.find(id);
      if (stream === undefined) return;
      if (stream.bodyLeft !== null) stream.bodyLeft -= piece.length;
      if (stream.bodyLeft !== null && stream.bodyLeft < 0) {
        malformed(stream);
        return;
      }
      stream.data(piece);
      flow.consumed(stream);
      touch(stream);
    },
    onDataEnd: (id, endStream) => {
      const stream = endStream ? table.find(id) : undefined;
      if (stream !== undefined) end(stream);
    },
    onFrame: (type, flags, id, payload) => {
      if (heads.take(type, flags, id, payload)) return;
      switch (type) {
        case frameType.RST_STREAM:
          readReset(id, payload);
          return;
        case frameType.SETTINGS:
          takeSettings(flags, id, payload);
          return;
        case frameType.PING:
          nuisance.count();
          pings.take(flags, id, payload);
          return;
        case frameType.GOAWAY:
          readGoaway(id, payload);
          return;
        case frameType.WINDOW_UPDATE:
          flow.update(id === 0 ? null : table.find(id), payload);
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
    const stream = table.find(id);
    if (stream === undefined) {
      nuisance.count();
      return;
    }
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
  const readGoaway = (id: number, payload: Buffer): void => {
    if (id !== 0 || payload.length < 8) {
      throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'goaway');
    }
    deps.onGoaway();
    table.refuseAbove(payload.readUInt32BE(0) & 0x7fffffff);
  };

  return (chunk) => {
    reader.push(chunk);
    for (const stream of touched.splice(0)) if (!stream.remoteEnded) stream.lull();
  };
}

const NOTHING = Buffer.alloc(0);
