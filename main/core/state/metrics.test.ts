import { expect, it } from 'vitest';
import { coreMetrics } from './metrics.ts';

const stats = {
  reconnects: 2,
  rttMs: 12,
  up: true,
  requests: 40,
  inFlight: 1,
  losses: new Map([['SESSION_LOST', 2]] as const),
  bytes: { received: 100, sent: 200 },
};

it('shows each relay by itself', () => {
  const text = coreMetrics(
    {
      tunnel: { state: { phase: 'stopped' }, relay: null, publicUrls: [], device: null },
      certificates: [],
    },
    stats,
    [
      { ...stats, endpoint: 'a.example:2222', sessions: 2, probeFailures: 0 },
      {
        ...stats,
        endpoint: 'b.example:2222',
        sessions: 0,
        probeFailures: 3,
        up: false,
        rttMs: null,
        losses: new Map(),
      },
    ],
  );
  for (const line of [
    'causeway_tunnel_link_up{relay="a.example:2222"} 1',
    'causeway_tunnel_link_up{relay="b.example:2222"} 0',
    'causeway_tunnel_link_losses_total{relay="a.example:2222",reason="SESSION_LOST"} 2',
    'causeway_tunnel_link_bytes_total{relay="a.example:2222",direction="out"} 200',
    'causeway_tunnel_link_probe_failures_total{relay="b.example:2222"} 3',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).not.toContain('rtt_seconds{relay="b.example');
  // A family is named once (Prometheus text format 0.0.4).
  const types = text.split('\n').filter((line) => line.startsWith('# TYPE'));
  expect(new Set(types).size).toBe(types.length);
});
