import {
  canConnect,
  canDisconnect,
  tunnelTone,
  type TunnelView,
} from '../../common/domain/tunnel.ts';
import type { Translate } from '../../common/i18n/translate.ts';

/** What the tray's icon says; each has a shape of its own, so that colour is never alone. */
export type TrayIcon = 'off' | 'connecting' | 'online' | 'degraded' | 'error' | 'setup';

/** What a menu row does. */
export type TrayAction =
  | 'connect'
  | 'disconnect'
  | 'copy-address'
  | 'open'
  | 'set-up'
  | 'send'
  | 'logs'
  | 'settings'
  | 'docs'
  | 'data'
  | 'quit';

export type TrayRow =
  | { readonly kind: 'separator' }
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: TrayAction }
  | { readonly kind: 'submenu'; readonly label: string; readonly rows: readonly TrayRow[] };

export interface TrayView {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  readonly rows: readonly TrayRow[];
}

/** The tray as a pure function of the tunnel: the same predicates as the console's button and pill. */
export function trayView(tunnel: TunnelView, version: string, t: Translate): TrayView {
  const state = t(stateKey(tunnel));
  const action = (label: string, name: TrayAction): TrayRow => ({
    kind: 'action',
    label,
    action: name,
  });
  const rows: TrayRow[] = [{ kind: 'label', label: state }, ...relayRows(tunnel, t)];
  const [address] = tunnel.publicUrls;
  if (address !== undefined)
    rows.push(action(`${t('tray.copyAddress')}  ${address}`, 'copy-address'));
  rows.push({ kind: 'separator' });
  if (tunnel.state.phase === 'unenrolled') rows.push(action(t('tray.setUp'), 'set-up'));
  if (canConnect(tunnel.state)) rows.push(action(t('tray.connect'), 'connect'));
  if (canDisconnect(tunnel.state)) rows.push(action(t('tray.disconnect'), 'disconnect'));
  rows.push(
    { kind: 'separator' },
    action(t('tray.open'), 'open'),
    action(t('tray.send'), 'send'),
    action(t('tray.logs'), 'logs'),
    action(t('tray.settings'), 'settings'),
    {
      kind: 'submenu',
      label: t('tray.help'),
      rows: [
        action(t('tray.docs'), 'docs'),
        action(t('tray.data'), 'data'),
        { kind: 'label', label: t('tray.version', { version }) },
      ],
    },
    { kind: 'separator' },
    action(t('tray.quit'), 'quit'),
  );
  return { icon: trayIcon(tunnel), tooltip: t('tray.tooltip', { state }), rows };
}

/** Where there are several relays: which carries messages, and how many could take over. */
function relayRows({ links = [] }: TunnelView, t: Translate): TrayRow[] {
  if (links.length < 2) return [];
  const used = links.find(({ egress }) => egress);
  const ready = links.filter(
    ({ egress, state, untrustedSince }) =>
      !egress && state.phase === 'online' && untrustedSince === null,
  );
  const relay = used?.name ?? used?.endpoint;
  const first = relay === undefined ? t('tray.noRelay') : t('tray.relay', { relay });
  const others =
    ready.length === 0 ? t('tray.noStandby') : t('tray.standby', { count: ready.length });
  return [{ kind: 'label', label: `${first} · ${others}` }];
}

function trayIcon({ state }: TunnelView): TrayIcon {
  switch (state.phase) {
    case 'unenrolled':
      return 'setup';
    case 'stopped':
      return 'off';
    case 'connecting':
      return 'connecting';
    case 'online':
      return tunnelTone(state) === 'ok' ? 'online' : 'degraded';
    case 'waiting':
    case 'refused':
      return 'error';
  }
}

function stateKey({ state, request }: TunnelView): Parameters<Translate>[0] {
  if (state.phase === 'unenrolled' && request !== undefined) return 'tray.asked';
  if (state.phase === 'online') return tunnelTone(state) === 'ok' ? 'tray.online' : 'tray.degraded';
  return `tray.${state.phase}`;
}
