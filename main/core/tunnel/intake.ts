import type { IncomingHttpHeaders } from 'node:http2';
import { errorCode } from '../../../common/http2/errors.ts';
import type { TunnelStream } from '../../../gateway/types.ts';
import { compressAnswer, takesCoding } from './compression.ts';
import { decodeRequest, isCoded } from './decompression.ts';
import type { TunnelClientOptions } from './types.ts';

/** Where the requests of all links come in. */
export interface Intake {
  readonly serve: (stream: TunnelStream, headers: IncomingHttpHeaders) => void;
  /** Requests since the start, and those that are not over. */
  readonly figures: () => { readonly requests: number; readonly inFlight: number };
}

export function createIntake(
  options: Pick<TunnelClientOptions, 'handleStream' | 'compression' | 'log'>,
): Intake {
  let requests = 0;
  let inFlight = 0;
  const leave = (): void => {
    inFlight -= 1;
  };
  return {
    serve(stream, headers) {
      requests += 1;
      inFlight += 1;
      stream.onClose(leave);
      try {
        const body = isCoded(headers) ? decodeRequest(stream.duplex(), headers) : undefined;
        if (body === null) return;
        if (options.compression === true && takesCoding(headers)) compressAnswer(stream.duplex());
        options.handleStream(stream, headers, body);
      } catch (err) {
        options.log.error({ err }, 'request could not be taken');
        stream.close(errorCode.INTERNAL_ERROR);
      }
    },
    figures: () => ({ requests, inFlight }),
  };
}
