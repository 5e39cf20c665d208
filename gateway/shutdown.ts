import type { Logger } from '../common/domain/log.ts';
import { defectFields } from './defect.ts';
import type { Courier } from './delivery/courier.ts';
import type { AddressGuard } from './delivery/pool/address-guard.ts';
import type { Redelivery } from './delivery/redelivery.ts';
import type { TargetPool } from './delivery/target-pool.ts';
import type { MessageStore } from './inbox/message-store.ts';
import type { Retention } from './inbox/retention.ts';
import type { Admission } from './ingress/admission.ts';
import type { LateReplies } from './ingress/late-replies.ts';
import type { TunnelDoor } from './ingress/tunnel-door.ts';
import type { ManagementServer } from './management/server.ts';
import type { InboundMedia } from './media/inbound-media.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Publisher } from './publish/publisher.ts';
import type { Replays } from './replay/replays.ts';
import type { Sender } from './sending/sender.ts';
import type { Streams } from './streams/streams.ts';
import type { Subscribers } from './subscribers/subscribers.ts';

/** What has an end of its own. */
export interface ShutdownParts {
  readonly door: TunnelDoor;
  readonly subscribers: Subscribers;
  readonly retention: Retention;
  readonly redelivery: Redelivery;
  readonly management: ManagementServer;
  readonly sender: Sender;
  readonly admission: Admission;
  readonly courier: Courier;
  readonly streams: Streams;
  readonly late: LateReplies;
  readonly replays: Replays;
  readonly media: InboundMedia;
  readonly publisher: Publisher;
  readonly pool: TargetPool;
  readonly guard: AddressGuard;
  readonly store: MessageStore;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Ends a gateway: what is under way has at most `drainMs`, then all is closed, the store last. */
export async function shutDown(parts: ShutdownParts, drainMs: number): Promise<void> {
  const { admission, courier, streams, management, redelivery, door, log } = parts;
  const drained = drain(parts).catch((error: unknown) => {
    log.error(defectFields(error), 'draining failed');
  });
  await Promise.race([drained, sleep(drainMs)]);
  // What is still with a target stays pending and is delivered again after the next start.
  courier.stop();
  streams.stop();
  management.destroy();
  await Promise.all([admission.idle(), redelivery.stop()]);
  door.close();
  await Promise.all([parts.late.stop(), parts.replays.stop(), parts.media.stop()]);
  parts.publisher.close();
  await Promise.all([parts.pool.close(), parts.guard.close()]);
  parts.store.close();
  parts.metrics.registry.clear();
  log.info({}, 'gateway stopped');
}

async function drain(parts: ShutdownParts): Promise<void> {
  const { door, subscribers, retention, redelivery, management, sender, admission } = parts;
  door.shut();
  subscribers.close();
  retention.stop();
  const background = redelivery.stop();
  await Promise.all([management.close(), door.idle(), sender.stop()]);
  await Promise.all([admission.idle(), background]);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
