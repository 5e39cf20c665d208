import { defaultSettings } from '../../common/domain/settings.ts';
import type { Snapshot } from '../../common/domain/snapshot.ts';
import type { TunnelView } from '../../common/domain/tunnel.ts';
import { exampleBots } from './bots.ts';
import { exampleCertificates } from './certificates.ts';
import { exampleLink } from './relays.ts';
import { exampleTargets } from './targets.ts';

const DAY = 86_400_000;

/** A device that works, from which every other situation differs. */
export function onlineSnapshot(now: number): Snapshot {
  const state: TunnelView['state'] = {
    phase: 'online',
    since: now - 3 * DAY,
    generation: 4,
    sessions: { live: 2, wanted: 2 },
    rttMs: 23.4,
    clockSkewMs: 38,
  };
  return {
    rev: 1,
    tunnel: {
      state,
      links: [exampleLink(state)],
      relay: { endpoint: 'relay.example.com:2222', name: 'relay-sh-1', fixedIp: '203.0.113.24' },
      publicUrls: ['https://corp-bot.example.com'],
      device: { id: 'd_01K3QF8Z7J2N4X', tunnel: 'corp-bot' },
    },
    certificates: exampleCertificates(now, 71, 58),
    gateway: {
      address: 'http://127.0.0.1:8080',
      store: { state: 'ok' },
      callbacksPerMinute: 46,
      inFlight: 2,
      received: 182_430,
      rejected: 12,
      stored: 18_204,
      answerP99Ms: 312,
      problems: [],
      targets: { total: 2, healthy: 2 },
    },
    bots: exampleBots,
    targets: exampleTargets,
    routes: [],
    services: [],
    settings: { values: defaultSettings, locked: {} },
    practice: null,
  };
}
