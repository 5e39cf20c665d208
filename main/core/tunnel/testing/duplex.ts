import type { IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import type { TunnelDuplex } from '../../../../gateway/types.ts';
import type { TunnelClientOptions } from '../types.ts';

/** Serves every request as a stream of Node's; `body` is the request's, whatever coding it had on its way. */
export function onDuplex(
  serve: (stream: TunnelDuplex, headers: IncomingHttpHeaders, body: Readable) => void,
): TunnelClientOptions['handleStream'] {
  return (stream, headers, body) => {
    const duplex = stream.duplex();
    duplex.on('error', () => undefined);
    serve(duplex, headers, body ?? duplex);
  };
}
