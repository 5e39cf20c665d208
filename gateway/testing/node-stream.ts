import type { ServerHttp2Stream } from 'node:http2';
import { readBody } from '../ingress/body.ts';
import type { TunnelStream } from '../types.ts';

/** A stream of node:http2 as the tunnel gives them, so that the gateway meets another implementation than its own program's. */
export function overNode(stream: ServerHttp2Stream): TunnelStream {
  stream.on('error', () => undefined);
  return {
    endAfterHeaders: stream.endAfterHeaders,
    get headersSent() {
      return stream.headersSent;
    },
    get closed() {
      return stream.closed || stream.destroyed;
    },
    readBody: (limit) => readBody(stream, limit),
    answer: (fields, body) => {
      if (stream.closed || stream.destroyed) return;
      stream.respond(fields);
      stream.once('finish', () => {
        if (!stream.readableEnded) stream.close();
      });
      stream.end(body);
    },
    outlet: () => stream,
    close: (code) => {
      // Its own way to close ends an answer that has begun as if it were whole.
      if (stream.headersSent && code !== 0) stream.destroy(new Error('broken off'));
      else stream.close(code);
    },
    onClose: (listener) => void stream.once('close', listener),
    duplex: () => stream,
  };
}
