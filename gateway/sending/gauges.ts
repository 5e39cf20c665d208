import { Gauge, Histogram } from 'prom-client';
import { createLabelCap, type Metrics } from '../metrics/metrics.ts';

const WAIT_BUCKETS = [0.1, 1, 5, 15, 30, 60, 120, 300, 900, 3600];

/** What is read at scrape time; all of it lies in memory. */
export interface SendingSources {
  /** Messages that wait, by bot. */
  queued(): ReadonlyMap<string, number>;
  /** When each app's token ends, milliseconds since the epoch, by bot. */
  tokenExpiries(): ReadonlyMap<string, number>;
}

/** The outbox's own series (gateway.md D.1); returns what is observed as it happens. */
export function registerSendingMetrics(
  metrics: Metrics,
  sources: SendingSources,
): { waited(bot: string, ms: number): void } {
  const registers = [metrics.registry];
  const label = createLabelCap();
  const queued = new Gauge({
    name: 'gateway_wecom_ratelimit_queued',
    help: 'Messages that wait to be sent.',
    labelNames: ['robot'],
    registers: [],
    collect() {
      this.reset();
      for (const [robot, count] of sources.queued()) this.inc({ robot: label(robot) }, count);
    },
  });
  const expiry = new Gauge({
    name: 'gateway_wecom_access_token_expiry_timestamp_seconds',
    help: 'When the access token of an app ends.',
    labelNames: ['app'],
    registers: [],
    collect() {
      this.reset();
      for (const [app, at] of sources.tokenExpiries()) this.set({ app: label(app) }, at / 1000);
    },
  });
  metrics.registry.registerMetric(queued);
  metrics.registry.registerMetric(expiry);
  const wait = new Histogram({
    name: 'gateway_wecom_ratelimit_wait_seconds',
    help: 'From storing a message to its first attempt.',
    labelNames: ['robot'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  return { waited: (bot, ms) => wait.observe({ robot: label(bot) }, ms / 1000) };
}
