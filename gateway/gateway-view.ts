import type { GatewayView } from '../common/domain/gateway.ts';
import type { TargetPool } from './delivery/target-pool.ts';
import type { MessageStore } from './inbox/message-store.ts';
import { respond, type Answer } from './ingress/answer.ts';
import type { Pipeline } from './ingress/pipeline.ts';
import type { Health } from './management/schemas.ts';
import type { Statistics } from './metrics/statistics.ts';
import type { Sender } from './sending/sender.ts';

/** What the console shows of the gateway. Reads memory alone, but all of it: for a few times a second, not for each message. */
export function gatewayView(
  address: string | null,
  parts: {
    readonly store: Pick<MessageStore, 'failure'>;
    readonly pool: Pick<TargetPool, 'health'>;
    readonly pipeline: Pick<Pipeline, 'inFlight' | 'received' | 'rejected' | 'stored'>;
    readonly statistics: Statistics;
    readonly sender: Pick<Sender, 'problems'>;
  },
): GatewayView {
  const { store, pipeline, statistics } = parts;
  const targets = [...parts.pool.health().values()];
  return {
    address,
    store: store.failure === null ? { state: 'ok' } : { state: 'failing', error: store.failure },
    callbacksPerMinute: statistics.perMinute(),
    inFlight: pipeline.inFlight,
    received: pipeline.received,
    rejected: pipeline.rejected,
    stored: pipeline.stored,
    answerP99Ms: statistics.p99(),
    problems: parts.sender.problems(),
    targets: {
      total: targets.length,
      healthy: targets.filter(({ healthy, state }) => healthy === true && state === 'up').length,
    },
  };
}

/** What the health checks answer. */
export function healthOf(
  store: Pick<MessageStore, 'failure'>,
  isClosing: boolean,
  version: string,
): Health {
  const reasons = [
    ...(store.failure === null ? [] : [store.failure.code]),
    ...(isClosing ? ['DRAINING'] : []),
  ];
  return { status: reasons.length === 0 ? 'ok' : 'failing', version, reasons };
}

/** The same as an answer to a request of the tunnel. */
export function healthAnswer(health: Health): Answer {
  return respond(health.status === 'ok' ? 200 : 503, JSON.stringify(health), 'application/json');
}
