import { readDetail } from './detail.ts';
import { postToTarget } from './delivery/target-post.ts';
import type { TargetPool } from './delivery/target-pool.ts';
import type { MessageStore } from './inbox/message-store.ts';
import type { HitCounter } from './ingress/credential-hits.ts';
import type { InboundMedia } from './media/inbound-media.ts';
import type { Replays } from './replay/replays.ts';
import type { Sender } from './sending/sender.ts';
import type { Streams } from './streams/streams.ts';
import type { TargetSockets } from './subscribers/target-sockets.ts';
import type { Gateway } from './types.ts';

export interface ApiParts {
  readonly store: MessageStore;
  readonly pool: TargetPool;
  readonly sockets: TargetSockets;
  readonly sender: Sender;
  readonly replays: Replays;
  readonly media: InboundMedia;
  readonly hits: HitCounter;
  readonly streams: Streams;
}

/** What the management API and the embedding program both call. */
export function createApi(parts: ApiParts) {
  const { store, pool, sockets, sender, replays, media, hits, streams } = parts;
  return {
    listMessages: (query) => store.list(query),
    getMessage: (id) => readDetail(store, id),
    postToTarget: (id, body) => postToTarget(pool, sockets, id, body),
    send: (bot, message, how) => sender.send(bot, message, how),
    sendStatus: (id) => sender.status(id),
    recall: (id) => sender.recall(id),
    updateCard: (bot, update) => sender.updateCard(bot, update),
    quota: (bot) => sender.quota(bot),
    redrive: (selection) => replays.redrive(selection),
    replays,
    openMedia: (id, n) => media.open(id, n),
    credentialHits: () => hits.all(),
    feedStream: (id, feed) => streams.feed(id, feed),
    streamView: (id) => streams.view(id),
    outbox: sender.outbox,
    media: sender.media,
  } satisfies Partial<Gateway>;
}
