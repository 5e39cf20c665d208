import type { BotView } from '../../common/domain/bot.ts';

const noHits = { count: 0, lastAt: null };

/** What a bot has when nothing but its kind and its secrets were entered. */
export const plainBot: Omit<BotView, 'id' | 'kind' | 'name'> = {
  token: { set: false },
  encodingAesKey: { set: false },
  previousToken: { set: false },
  previousEncodingAesKey: { set: false },
  pairHits: { current: noHits, previous: noHits },
  fetchMedia: false,
  receiveId: '',
  webhook: { set: false },
  corpId: null,
  corpSecret: { set: false },
  agentId: null,
  egress: 'auto',
  overflow: [],
  lateReply: null,
  apiBase: null,
  target: null,
  callbackPath: null,
  isDefault: false,
  lockedBy: null,
};

export const exampleBots: BotView[] = [
  {
    ...plainBot,
    id: 'orders',
    kind: 'app',
    name: '订单助手',
    token: { set: true, hint: '…x7Q' },
    encodingAesKey: { set: true, hint: '…9fA' },
    receiveId: 'wwa4f1c0de2b77',
    corpId: 'wwa4f1c0de2b77',
    corpSecret: { set: true, hint: '…p0Z' },
    agentId: 1_000_002,
    target: 'orders',
    callbackPath: '/wecom/callback/orders',
    isDefault: true,
  },
  {
    ...plainBot,
    id: 'helpdesk',
    kind: 'aibot',
    name: 'IT 服务台',
    token: { set: true, hint: '…Lm2' },
    encodingAesKey: { set: true, hint: '…c3D' },
    target: 'helpdesk',
    callbackPath: '/wecom/callback/helpdesk',
    lockedBy: '/etc/gateway/config.toml',
  },
  {
    ...plainBot,
    id: 'ops-alerts',
    kind: 'robot',
    name: '运维告警群',
    webhook: { set: true, hint: '…e41' },
  },
];
