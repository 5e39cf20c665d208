import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { AppError } from '../../../common/errors/app-error.ts';

/**
 * Networks no target may be in: link-local (RFC 3927, RFC 4291 §2.5.6), which holds the metadata services of most clouds, those
 * clouds' other metadata addresses, and what can be no host (unspecified, multicast, broadcast). A request there would hand
 * an attacker who can choose a target's name the machine's own credentials.
 */
const refused = [
  '169.254.0.0/16',
  'fe80::/10',
  '100.100.100.200/32',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '168.63.129.16/32',
  '0.0.0.0/8',
  '::/128',
  '224.0.0.0/4',
  '255.255.255.255/32',
  'ff00::/8',
];

/** Whether a connection to an IP address may be opened. */
export type NetworkRule = (address: string) => boolean;

/**
 * The rule with the operator's exceptions, in CIDR form. Loopback and private networks are always allowed: that is where
 * targets live. Throws CONFIG_INVALID {key, value}.
 */
export function createNetworkRule(allowed: readonly string[] = []): NetworkRule {
  const never = blockList(refused);
  const except = blockList(allowed);
  return (address) => {
    const plain = unmapped(address);
    const family = isIP(plain);
    if (family === 0) return false;
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (except.check(plain, type)) return true;
    const within = family === 6 ? translated(plain) : null;
    if (within !== null && never.check(within, 'ipv4') && !except.check(within, 'ipv4'))
      return false;
    return !never.check(plain, type);
  };
}

/**
 * The IPv4 address to which the network turns an IPv6 address: behind NAT64 (RFC 6052 §2.1), 6to4 (RFC 3056 §2) and SIIT (RFC 2765
 * §2.1). Null for any other; `normal` is written as URLs write it.
 */
function translated(normal: string): string | null {
  const halves =
    /^(?:64:ff9b::|::ffff:0:)([\da-f]{1,4}):([\da-f]{1,4})$/.exec(normal) ??
    /^2002:([\da-f]{1,4}):([\da-f]{1,4}):/.exec(normal);
  return halves === null ? null : dotted(halves[1], halves[2]);
}

/** Two groups of an IPv6 address as an IPv4 address. */
function dotted(first = '0', second = '0'): string {
  const high = Number.parseInt(first, 16);
  const low = Number.parseInt(second, 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** `::ffff:a.b.c.d`, in whatever notation, is an IPv4 address to the system, so that it is judged as one (RFC 4291 §2.5.5.2). */
function unmapped(address: string): string {
  const [plain = ''] = address.replaceAll(/^\[|\]$/g, '').split('%');
  if (isIP(plain) !== 6) return plain;
  const normal = URL.parse(`http://[${plain}]/`)?.hostname.slice(1, -1) ?? plain;
  const mapped = /^::(?:ffff:)?([\da-f]{1,4}):([\da-f]{1,4})$/.exec(normal);
  return mapped === null ? normal : dotted(mapped[1], mapped[2]);
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address);
    const prefix = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits);
    try {
      if (family === 0 || bits === '') throw new Error('no network');
      list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
    } catch (error) {
      const params = { key: 'allowed_target_networks', value: network };
      throw new AppError('CONFIG_INVALID', params, { cause: error });
    }
  }
  return list;
}

/** Code of the error that a refused address gives. */
export const ADDRESS_REFUSED = 'ERR_ADDRESS_REFUSED';

export function addressRefused(): Error {
  return Object.assign(new Error('the address is in a refused network'), { code: ADDRESS_REFUSED });
}

/**
 * A resolver that gives only addresses the rule allows, and fails where none is left. The connection is made to what it
 * returns, so that a name that resolves differently a moment later (DNS rebinding) cannot get past it.
 */
export function ruledLookup(
  rule: NetworkRule,
  resolve: typeof systemLookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const addresses = found.filter(({ address }) => rule(address));
      const [first] = addresses;
      if (first === undefined) callback(addressRefused(), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
