import { AppError } from '../../../common/errors/app-error.ts';
import type { Endpoint } from './dial.ts';

/** Reads `host:port`, an IPv6 address in brackets. Throws `BAD_INPUT`. */
export function parseEndpoint(text: string, field = 'endpoint'): Endpoint {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || host.length > 253 || port < 1 || port > 65_535) {
    throw new AppError('BAD_INPUT', { field });
  }
  return { host: host.toLowerCase(), port };
}
