import { BlockList, isIP } from 'node:net';

/**
 * Networks that no public name has any business to point at: a name that does would let a device reach the relay host's
 * own services, its neighbours or a cloud's metadata service (IANA special-purpose registries, RFC 6890).
 */
const special4 = new BlockList();
/** A list of its own: Node holds IPv4 addresses to IPv6 entries as well, in their mapped form. */
const special6 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special4.addSubnet(network, prefix, 'ipv4');
}
// Alibaba Cloud's metadata service lies in 100.64.0.0/10, everybody else's in 169.254.0.0/16.
for (const [network, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  special6.addSubnet(network, prefix, 'ipv6');
}

/** Whether an address is a public unicast one. Anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special4.check(address, 'ipv4');
  return family === 6 && !special6.check(address, 'ipv6');
}
