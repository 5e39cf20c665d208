import { Route } from '../../common/domain/route.ts';
import { Service } from '../../common/domain/service.ts';
import type { Snapshot } from '../../common/domain/snapshot.ts';
import { plainBot } from './bots.ts';
import { exampleLink } from './relays.ts';
import { workingTarget } from './targets.ts';

const NAME =
  '华东区客户服务中心订单与售后自动应答助手（上海一号机房，生产环境，二十四小时值守，请勿在工作时间重启或修改它）';
const WORD = 'customer-service-centre-orders-and-returns-shanghai-line-number';
const HOST = `${WORD}.${WORD}.production.example.com`;

/** Everything has the longest name that it may have. */
export function longNames(online: Snapshot): Snapshot {
  const target = WORD;
  const { tunnel } = online;
  const link = exampleLink(tunnel.state);
  return {
    ...online,
    tunnel: {
      ...tunnel,
      links: [
        { ...link, endpoint: `${HOST}:2222`, name: NAME },
        { ...link, endpoint: `standby.${HOST}:2222`, name: WORD, egress: false },
      ],
      relay: { endpoint: `${HOST}:2222`, name: NAME, fixedIp: '203.0.113.24' },
      publicUrls: [`https://${HOST}`],
    },
    bots: (['app', 'robot'] as const).map((kind) => ({
      ...plainBot,
      id: kind === 'app' ? WORD : `${WORD.slice(0, -1)}2`,
      kind,
      name: kind === 'app' ? NAME : WORD,
      webhook: kind === 'robot' ? { set: true, hint: '…e41' } : { set: false },
      target: kind === 'app' ? target : null,
      callbackPath: kind === 'app' ? `/wecom/callback/${WORD}` : null,
      isDefault: kind === 'app',
      lockedBy: kind === 'app' ? `/etc/${WORD}/gateway/config.toml` : null,
    })),
    targets: [
      {
        ...workingTarget,
        id: target,
        url: `https://${HOST}/${WORD}/hooks/${WORD}`,
        secret: { set: false },
      },
    ],
    routes: [
      {
        ...Route.parse({
          id: WORD,
          name: NAME,
          match: { bots: [WORD], keywords: [NAME, WORD], pattern: `^(${WORD}|${WORD})+$` },
          targets: [{ id: target }],
        }),
        lockedBy: null,
      },
    ],
    services: [
      {
        ...Service.parse({
          id: WORD,
          host: HOST,
          path: `/${WORD}/${WORD}/${WORD}`,
          targets: [{ id: target }],
        }),
        open: 12_345,
        sockets: 12_000,
        requests: 9_876_543_210,
        failed: 123_456,
        failedAt: 0,
        lockedBy: null,
      },
    ],
  };
}
