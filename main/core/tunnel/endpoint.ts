import { AppError } from '../../../common/errors/app-error.ts';
import { readEndpoint, type Endpoint } from '../../../common/tunnel/endpoint.ts';

/** Reads `host:port`, an IPv6 address in brackets. Throws `BAD_INPUT`. */
export function parseEndpoint(text: string, field = 'endpoint'): Endpoint {
  const endpoint = readEndpoint(text);
  if (endpoint === null) throw new AppError('BAD_INPUT', { field });
  return endpoint;
}
