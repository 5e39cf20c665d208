import { Route, type RouteView } from '../../common/domain/route.ts';

const route = (input: Parameters<typeof Route.parse>[0], lockedBy: string | null): RouteView => ({
  ...Route.parse(input),
  lockedBy,
});

/** Routes of every kind, in order: by words, by a pattern, by sender, switched off, and one that a file defines. */
export const exampleRoutes: RouteView[] = [
  route(
    {
      id: 'refunds',
      name: '退款与投诉',
      match: { bots: ['orders'], types: ['text', 'voice'], keywords: ['退款', '投诉', 'refund'] },
      targets: [{ id: 'helpdesk' }],
    },
    null,
  ),
  route(
    {
      id: 'order-numbers',
      name: '订单号',
      match: { bots: ['orders'], pattern: '\\d{8}-\\d{3}' },
      targets: [{ id: 'orders', weight: 3 }, { id: 'orders-b' }, { id: 'orders-standby' }],
      balance: 'hash',
      hashBy: 'chat',
    },
    null,
  ),
  route(
    {
      id: 'card-clicks',
      match: { types: ['event'], events: ['template_card_event'] },
      targets: [{ id: 'analytics' }],
      balance: 'least_inflight',
    },
    null,
  ),
  route(
    {
      id: 'testers',
      name: 'Testers',
      enabled: false,
      match: { senders: ['zhang.wei', 'li.na', 'wang.fang'] },
      targets: [{ id: 'legacy-crm' }],
      balance: 'p2c',
    },
    null,
  ),
  route(
    { id: 'archive', name: '只存档', match: { bots: ['helpdesk'], types: ['image'] }, targets: [] },
    '/etc/gateway/config.toml',
  ),
];
