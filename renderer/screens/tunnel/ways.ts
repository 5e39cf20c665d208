import type { RelayLinkView } from '../../../common/domain/tunnel.ts';
import type { Translate } from '../../../common/i18n/translate.ts';
import { relayRole } from '../../app/relay-role.ts';

/** Whether messages to WeCom leave by a relay, and if not, why. */
export function egressWords(link: RelayLinkView, t: Translate): string {
  const role = relayRole(link);
  switch (role) {
    case 'inUse':
      return t('tunnel.egress.inUse');
    case 'standby':
      return t('tunnel.egress.standby');
    case 'untrusted':
      return t('tunnel.egress.untrusted');
    case 'failing':
      return t('tunnel.egress.failing');
    case 'connecting':
    case 'down':
    case 'refused':
    case 'off':
      return t('tunnel.egress.none');
    default:
      return role satisfies never;
  }
}

/** Whether callbacks come in by a relay: by each that is connected, whichever messages leave by. */
export function ingressWords({ state }: RelayLinkView, t: Translate): string {
  return t(state.phase === 'online' ? 'tunnel.ingress.open' : 'tunnel.ingress.none');
}
