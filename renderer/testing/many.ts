import type { Snapshot } from '../../common/domain/snapshot.ts';
import { plainBot } from './bots.ts';
import { workingTarget } from './targets.ts';

const BOTS = 200;

/** Two hundred bots, each with a service of its own: lists that are longer than any window. */
export function manyBots(online: Snapshot): Snapshot {
  const ids = Array.from({ length: BOTS }, (_, index) => `ward-${String(index + 1)}`);
  return {
    ...online,
    gateway: { ...online.gateway, targets: { total: BOTS, healthy: BOTS } },
    bots: ids.map((id, index) => ({
      ...plainBot,
      id,
      kind: 'app',
      name: `第 ${String(index + 1)} 病区`,
      token: { set: true, hint: '…x7Q' },
      encodingAesKey: { set: true, hint: '…9fA' },
      receiveId: 'wwa4f1c0de2b77',
      target: id,
      callbackPath: `/wecom/callback/${id}`,
      isDefault: index === 0,
    })),
    targets: ids.map((id) => ({
      ...workingTarget,
      id,
      url: `http://10.20.0.14:9000/${id}`,
      secret: { set: false },
    })),
  };
}
