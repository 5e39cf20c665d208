import type { GatewayView } from '../../../common/domain/gateway.ts';
import type { MessageRow } from '../../../common/domain/history.ts';
import type { TunnelView } from '../../../common/domain/tunnel.ts';
import { parseEndpoint } from '../tunnel/index.ts';
import type { IdentityKeeper } from './identity.ts';

export interface RelayTrustOptions {
  readonly problems: () => GatewayView['problems'];
  readonly links: () => NonNullable<TunnelView['links']>;
  readonly identity: Pick<IdentityKeeper, 'untrustedSince' | 'setUntrusted'>;
  /** A mark was set or taken off. */
  readonly onChange: () => void;
  readonly now: () => number;
}

/**
 * Learns from the outcome of sending which relays' addresses WeCom refuses (errcode 60020), and remembers it across restarts.
 * Returns the function to call with each row of the history. A mark goes once a message has left by that relay without the complaint.
 */
export function createRelayTrust(
  options: RelayTrustOptions,
): (row: Pick<MessageRow, 'direction'>) => void {
  const { identity, now } = options;
  const complained = new Set<string>();
  return ({ direction }) => {
    // Callbacks come by the thousand a second and say nothing about sending.
    if (direction === 'in') return;
    const refused = new Set(
      options
        .problems()
        .filter(({ error }) => error.code === 'UNTRUSTED_IP')
        .map(({ error }) => String(error.params['ip'] ?? '')),
    );
    let changed = false;
    for (const { endpoint, fixedIp, egress } of options.links()) {
      if (fixedIp === null) continue;
      const at = parseEndpoint(endpoint);
      const marked = identity.untrustedSince(at) !== null;
      if (refused.has(fixedIp)) {
        complained.add(fixedIp);
        if (marked) continue;
        identity.setUntrusted(at, now());
        changed = true;
      } else if (marked && egress && complained.delete(fixedIp)) {
        identity.setUntrusted(at, null);
        changed = true;
      }
    }
    if (changed) options.onChange();
  };
}
