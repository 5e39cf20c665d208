import * as z from 'zod';
import { BotView, TargetView } from './bot.ts';
import { CertificateInfo } from './certificate.ts';
import { GatewayView } from './gateway.ts';
import { RouteView } from './route.ts';
import { ServiceView } from './service.ts';
import { SettingsView } from './settings.ts';
import { TunnelView } from './tunnel.ts';

/** Practice mode, when it runs: what a newcomer needs in order to try things. */
export const PracticeView = z.object({
  simulatorUrl: z.string(),
  relayAdminUrl: z.string(),
});
export type PracticeView = z.infer<typeof PracticeView>;

/** Everything that tray and console draw, but for lists that grow (logs, messages), which have calls and topics of their own. */
export const Snapshot = z.object({
  /** Grows by one with each change; a receiver that misses one reads `state.get` again. */
  rev: z.int(),
  tunnel: TunnelView,
  certificates: z.array(CertificateInfo),
  gateway: GatewayView,
  bots: z.array(BotView),
  targets: z.array(TargetView),
  /** In the order in which they are tried. */
  routes: z.array(RouteView),
  /** Internal services that are reached through the tunnel. */
  services: z.array(ServiceView),
  settings: SettingsView,
  practice: PracticeView.nullable(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** A change: the parts that differ, whole. */
export const SnapshotPatch = z.object({
  rev: z.int(),
  patch: Snapshot.omit({ rev: true }).partial(),
});
export type SnapshotPatch = z.infer<typeof SnapshotPatch>;
