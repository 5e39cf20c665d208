import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { TunnelState, TunnelView } from '../../common/domain/tunnel.ts';
import { createTranslate } from '../../common/i18n/translate.ts';
import { nativeTheme, Tray } from '../../tests/fakes/electron.ts';
import { createTray, iconFile } from './tray.ts';
import { trayView, type TrayIcon, type TrayRow } from './tray-view.ts';

const error = { code: 'CERT_REVOKED', params: {} } as const;
const online = (live: number): TunnelState => ({
  phase: 'online',
  since: 0,
  generation: 1,
  sessions: { live, wanted: 2 },
  rttMs: 3,
  clockSkewMs: 0,
});
const view = (state: TunnelState): TunnelView => ({
  state,
  relay: null,
  publicUrls: state.phase === 'unenrolled' ? [] : ['https://bot.example.com'],
  device: null,
});
const labels = (rows: readonly TrayRow[]): string[] =>
  rows.flatMap((row) => (row.kind === 'separator' ? [] : [row.label]));

describe('the tray as a view of the tunnel', () => {
  const t = createTranslate('en');
  it.each<[string, TunnelState, TrayIcon, string, string[]]>([
    ['unenrolled', { phase: 'unenrolled' }, 'setup', 'Not set up', ['Set up …']],
    ['stopped', { phase: 'stopped' }, 'off', 'Disconnected', ['Connect']],
    [
      'connecting',
      { phase: 'connecting', attempt: 0, since: 0 },
      'connecting',
      'Connecting …',
      ['Disconnect'],
    ],
    ['online', online(2), 'online', 'Connected', ['Disconnect']],
    ['one session short', online(1), 'degraded', 'Connected, with a warning', ['Disconnect']],
    [
      'waiting',
      { phase: 'waiting', attempt: 1, retryAt: 0, error },
      'error',
      'Connection lost, trying again',
      ['Connect', 'Disconnect'],
    ],
    [
      'refused',
      { phase: 'refused', since: 0, retryAt: 0, error },
      'error',
      'The relay refuses this device',
      ['Connect', 'Disconnect'],
    ],
  ])('%s', (_name, state, icon, label, actions) => {
    const shown = trayView(view(state), '1.2.3', t);
    expect(shown.icon).toBe(icon);
    expect(shown.tooltip).toBe(`Causeway: ${label}`);
    const all = labels(shown.rows);
    expect(all[0]).toBe(label);
    expect(all.filter((text) => ['Connect', 'Disconnect', 'Set up …'].includes(text))).toEqual(
      actions,
    );
    expect(all.at(-1)).toBe('Quit Causeway');
  });

  it('names the relay in use and what stands by, where there are several', () => {
    const link = {
      endpoint: 'a:1',
      name: 'relay-a',
      fixedIp: null,
      transport: 'h2',
      state: online(2),
      egress: true,
      failures: 0,
      untrustedSince: null,
    } as const;
    const second = { ...link, endpoint: 'b:1', name: null, egress: false };
    const shown = (links: TunnelView['links']): string[] =>
      labels(trayView({ ...view(online(2)), ...(links && { links }) }, '1', t).rows);
    expect(shown([link])[1]).toMatch(/^Copy/);
    expect(shown([link, second])[1]).toBe('Relay: relay-a · 1 on standby');
    expect(shown([link, { ...second, untrustedSince: 1 }])[1]).toBe('Relay: relay-a · no standby');
    expect(shown([{ ...link, egress: false }, second])[1]).toMatch(/^No relay/);
  });

  it('says that an auth file waits', () => {
    const request = { fingerprint: 'f', createdAt: 0, endpoint: null, askedAt: null, error: null };
    const shown = trayView({ ...view({ phase: 'unenrolled' }), request }, '1', t);
    expect(shown.tooltip).toBe('Causeway: Waiting for the relay’s approval');
    expect(labels(shown.rows)).toContain('Set up …');
  });

  it('speaks Chinese', () => {
    expect(labels(trayView(view(online(2)), '1', createTranslate('zh-CN')).rows)).toContain('断开');
  });
});

describe('the tray icon', () => {
  it('is set only when it changes, and so is the menu', () => {
    const actions: string[] = [];
    const handle = createTray({
      assets: '/assets',
      platform: 'linux',
      onAction: (action) => actions.push(action),
    });
    const tray = Tray.all.at(-1);
    const t = createTranslate('en');
    handle.render(trayView(view(online(2)), '1', t));
    handle.render(trayView(view(online(2)), '1', t));
    expect(tray?.images.map((image) => image.path)).toEqual([
      '/assets/tray/off-light.png',
      '/assets/tray/online-light.png',
    ]);
    handle.render(trayView(view({ phase: 'stopped' }), '1', t));
    handle.render(trayView(view(online(2)), '1', t));
    // A menu that is set anew closes under the operator's hand.
    expect(tray?.menus).toHaveLength(3);
    const disconnect = tray?.menus[2]?.template.find((item) => item['label'] === 'Disconnect');
    (disconnect?.['click'] as (() => void) | undefined)?.();
    tray?.emit('click');
    expect(actions).toEqual(['disconnect', 'open']);
    expect(
      tray?.menus[2]?.template
        .filter((item) => 'label' in item && !('submenu' in item))
        .every((item) => item['accessibilityLabel'] === item['label']),
    ).toBe(true);
  });

  it('exists for each state, system and theme', async () => {
    const files = new Set(
      await readdir(fileURLToPath(new URL('../../assets/tray', import.meta.url))),
    );
    const icons: TrayIcon[] = ['off', 'connecting', 'online', 'degraded', 'error', 'setup'];
    const wanted: string[] = [];
    for (const dark of [false, true]) {
      nativeTheme.shouldUseDarkColorsForSystemIntegratedUI = dark;
      for (const platform of ['darwin', 'linux', 'win32'] as const) {
        for (const icon of icons) wanted.push(iconFile(icon, platform));
      }
    }
    nativeTheme.shouldUseDarkColorsForSystemIntegratedUI = false;
    for (const icon of icons)
      wanted.push(`${icon}Template@2x.png`, `${icon}-light@2x.png`, `${icon}-dark@2x.png`);
    expect(wanted.filter((file) => !files.has(file))).toEqual([]);
  });
});
