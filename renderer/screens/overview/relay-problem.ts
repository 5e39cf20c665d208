import type { Snapshot } from '../../../common/domain/snapshot.ts';
import type { RelayLinkView } from '../../../common/domain/tunnel.ts';
import type { TranslateParams } from '../../../common/i18n/translate.ts';
import { relayName, relayRole } from '../../app/relay-role.ts';

/** What is wrong with one of several relays while the tunnel as a whole is up. */
export interface RelayProblem {
  readonly tone: 'bad' | 'warn';
  readonly name: 'noWayOut' | 'relayDown' | 'standbyUntrusted';
  readonly params: TranslateParams;
}

/** The gravest first: messages that cannot leave, a relay that is gone, one that could not take over. */
export function relayProblem({ tunnel }: Snapshot): RelayProblem | null {
  const links = tunnel.links ?? [];
  if (tunnel.state.phase !== 'online' || links.length < 2) return null;
  const used = links.find(({ egress }) => egress);
  const byRole = (role: ReturnType<typeof relayRole>): RelayLinkView | undefined =>
    links.find((link) => relayRole(link) === role);
  if (used === undefined) {
    const open = links.find(({ state }) => state.phase === 'online');
    return open === undefined
      ? null
      : { tone: 'bad', name: 'noWayOut', params: { relay: relayName(open) } };
  }
  const lost = byRole('refused') ?? byRole('down');
  if (lost !== undefined) {
    const params = { relay: relayName(lost), other: relayName(used) };
    return { tone: 'warn', name: 'relayDown', params };
  }
  const untrusted = byRole('untrusted');
  if (untrusted === undefined) return null;
  const params = { relay: relayName(untrusted), ip: untrusted.fixedIp ?? '' };
  return { tone: 'warn', name: 'standbyUntrusted', params };
}
