import type { TargetView } from '../../common/domain/bot.ts';

/** A target of usual settings that works. */
export const workingTarget: Omit<TargetView, 'id' | 'url' | 'secret'> = {
  websocket: false,
  weight: 1,
  priority: 0,
  healthCheck: null,
  timeoutMs: 30_000,
  maxInFlight: 1024,
  draining: false,
  healthy: true,
  state: 'up',
  inFlight: 0,
  ejectedUntil: null,
  ejectedSince: null,
  failure: null,
  breaker: 'closed',
  p99Ms: 180,
  subscribers: 0,
  lockedBy: null,
};

export const exampleTargets: TargetView[] = [
  {
    id: 'orders',
    url: 'http://10.20.0.14:9000/wecom',
    secret: { set: true, hint: '…k9Q' },
    ...workingTarget,
  },
  {
    id: 'helpdesk',
    url: 'http://helpdesk.corp.local/hooks/wecom',
    secret: { set: false },
    ...workingTarget,
  },
];

/** One target in each state, as of `now`. */
export function busyTargets(now: number): TargetView[] {
  const [orders, helpdesk] = exampleTargets;
  if (orders === undefined || helpdesk === undefined) throw new Error('no example targets');
  return [
    { ...orders, healthCheck: '/healthz', weight: 3, inFlight: 12, p99Ms: 212 },
    {
      ...orders,
      id: 'orders-b',
      url: 'http://10.20.0.15:9000/wecom',
      healthCheck: '/healthz',
      inFlight: 4,
      p99Ms: 1840,
      state: 'ejected',
      healthy: false,
      breaker: 'open',
      ejectedUntil: now + 24_000,
      ejectedSince: now - 36_000,
      failure: {
        at: now - 36_000,
        error: { code: 'TARGET_TIMEOUT', params: { target: 'orders-b', ms: 30_000 } },
      },
    },
    {
      ...orders,
      id: 'orders-standby',
      url: 'http://10.21.0.14:9000/wecom',
      priority: 1,
      healthy: null,
      p99Ms: null,
    },
    { ...helpdesk, inFlight: 1, breaker: 'half_open', p99Ms: 920, maxInFlight: 16 },
    {
      ...helpdesk,
      id: 'analytics',
      url: '',
      websocket: true,
      subscribers: 2,
      inFlight: 2,
      p99Ms: 64,
    },
    {
      ...helpdesk,
      id: 'legacy-crm',
      url: 'https://crm.corp.local/wecom',
      draining: true,
      state: 'draining',
      inFlight: 3,
      p99Ms: 640,
    },
  ];
}
