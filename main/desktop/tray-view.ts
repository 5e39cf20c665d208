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
  const rows: TrayRow[] = [{ kind: 'label', label: state }];
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

function stateKey({ state }: TunnelView): Parameters<Translate>[0] {
  if (state.phase === 'online') return tunnelTone(state) === 'ok' ? 'tray.online' : 'tray.degraded';
  return `tray.${state.phase}`;
}
