/** Fields that belong to one connection and are never forwarded (RFC 9110 §7.6.1, RFC 9113 §8.2.2). */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Names that only Causeway's own hops may set; taken off whatever comes from outside. */
const reservedPrefix = 'x-causeway-';

/** Whether a field is for this hop only. `name` is lower case. */
export function isHopByHop(name: string): boolean {
  return hopByHop.has(name);
}

/** Whether a field is Causeway's own. `name` is lower case. */
export function isReserved(name: string): boolean {
  return name.startsWith(reservedPrefix);
}

const noNames: ReadonlySet<string> = new Set();
/** Values that name no field, or one that is hop-by-hop anyway. */
const usual: ReadonlySet<string> = new Set(['', 'keep-alive', 'close', 'Keep-Alive']);

/** Names that a `Connection` field declares to be hop-by-hop as well, lower case. */
export function connectionTokens(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || usual.has(connection)) return noNames;
  return new Set(connection.split(',').map((token) => token.trim().toLowerCase()));
}
