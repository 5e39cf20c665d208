import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** A set of addresses. The seam for lists that come from elsewhere, e.g. WeCom's own, read again each day. */
export interface SourceList {
  /** `address` as {@link plainAddress} writes it. */
  readonly has: (address: string) => boolean;
}

const MAPPED_DOTTED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const MAPPED_HEX = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i;

/** An address without a zone, and an IPv4 address as such where it is written as IPv6 (RFC 4291 §2.5.5.2). */
export function plainAddress(address: string): string {
  const [bare = ''] = address.split('%');
  const dotted = MAPPED_DOTTED.exec(bare)?.[1];
  if (dotted !== undefined) return dotted;
  const hex = MAPPED_HEX.exec(bare);
  if (hex === null) return bare;
  const high = Number.parseInt(hex[1] ?? '', 16);
  const low = Number.parseInt(hex[2] ?? '', 16);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** Compiles blocks in CIDR form (RFC 4632, RFC 4291 §2.3) and single addresses. What is neither is left out. */
export function createSourceList(blocks: readonly string[]): SourceList {
  const list = new BlockList();
  for (const block of blocks) add(list, block.trim());
  return {
    has: (address) => {
      if (isIPv4(address)) return list.check(address, 'ipv4');
      return isIPv6(address) && list.check(address, 'ipv6');
    },
  };
}

function add(list: BlockList, block: string): void {
  const [text = '', width] = block.split('/');
  const address = plainAddress(text);
  if (isIPv4(address)) {
    // A block of mapped addresses counts its first 96 bits as well.
    const skipped = isIPv6(text) ? 96 : 0;
    list.addSubnet(
      address,
      width === undefined ? 32 : Math.max(0, Number(width) - skipped),
      'ipv4',
    );
  } else if (isIPv6(address)) {
    list.addSubnet(address, width === undefined ? 128 : Number(width), 'ipv6');
  }
}
