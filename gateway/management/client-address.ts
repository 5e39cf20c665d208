import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/**
 * Makes the function that gives a request's client: the last address of its way (X-Forwarded-For, then the connection) that is no
 * trusted proxy. `trusted` are addresses or networks in CIDR form; anything else is left out.
 */
export function clientAddress(trusted: readonly string[]): (request: IncomingMessage) => string {
  const list = new BlockList();
  for (const network of trusted) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address);
    if (family === 0) continue;
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  const isTrusted = (address: string): boolean => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
  if (trusted.length === 0) return (request) => request.socket.remoteAddress ?? '';
  return (request) => {
    let client = request.socket.remoteAddress ?? '';
    const way = String(request.headers['x-forwarded-for'] ?? '').split(',');
    for (const hop of way.toReversed()) {
      const address = hop.trim();
      if (!isTrusted(client) || address === '') break;
      client = address;
    }
    return client;
  };
}
