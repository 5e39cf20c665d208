import type { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Egress } from '../../types.ts';
import { createNetworkRule, ruledLookup } from './network-rule.ts';

/** Connections to addresses that came in a callback and that nobody here has chosen. */
export interface AddressGuard {
  /**
   * For a request to `url` over `way`. The way through the relay has an allow-list of hosts of its own; on the direct one, the
   * address that is really connected to is held to the rule for targets. Throws TARGET_ADDRESS_REFUSED {target}.
   */
  dispatcher(url: URL, way: Egress): Dispatcher;
  close(): Promise<void>;
}

/** `allowed`: the operator's exceptions, as they are now. */
export function createAddressGuard(
  allowed: () => readonly string[],
  resolve?: typeof systemLookup,
): AddressGuard {
  const fits = (address: string): boolean => createNetworkRule(allowed())(address);
  const agent = new Agent({ connect: { lookup: ruledLookup(fits, resolve) } });
  return {
    dispatcher(url, way) {
      const host = url.hostname.replaceAll(/^\[|\]$/g, '');
      // A literal address is not looked up, so that the rule has to see it here.
      if (isIP(host) !== 0 && !fits(host)) {
        throw new AppError('TARGET_ADDRESS_REFUSED', { target: host });
      }
      return way.via === 'direct' ? agent : way.dispatcher();
    },
    close: () => agent.destroy(),
  };
}
