import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { compressAnswer } from './compression.ts';
import { decodeRequest } from './decompression.ts';
import type { TunnelClientOptions } from './types.ts';

/** Where the requests of all links come in. */
export interface Intake {
  readonly serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
  /** Requests since the start, and those that are not over. */
  readonly figures: () => { readonly requests: number; readonly inFlight: number };
}

export function createIntake(
  options: Pick<TunnelClientOptions, 'handleStream' | 'compression' | 'log'>,
): Intake {
  let requests = 0;
  let inFlight = 0;
  return {
    serve(stream, headers) {
      requests += 1;
      inFlight += 1;
      stream.once('close', () => {
        inFlight -= 1;
      });
      try {
        const body = decodeRequest(stream, headers);
        if (body === null) return;
        if (options.compression === true) compressAnswer(stream, headers);
        options.handleStream(stream, headers, body);
      } catch (err) {
        options.log.error({ err }, 'request could not be taken');
        stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      }
    },
    figures: () => ({ requests, inFlight }),
  };
}
