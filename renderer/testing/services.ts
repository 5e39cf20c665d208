import { Service, type ServiceView } from '../../common/domain/service.ts';

const service = (
  input: Parameters<typeof Service.parse>[0],
  more: Partial<ServiceView> = {},
): ServiceView => ({
  ...Service.parse(input),
  open: 0,
  sockets: 0,
  requests: 0,
  failed: 0,
  failedAt: null,
  lockedBy: null,
  ...more,
});

/** Published services of every kind: busy with sockets, failing, new, and one that a file defines. */
export function exampleServices(now: number): ServiceView[] {
  return [
    service(
      {
        id: 'shop',
        path: '/shop',
        stripPath: true,
        targets: [{ id: 'orders', weight: 3 }, { id: 'orders-b' }],
        balance: 'weighted',
      },
      { open: 7, sockets: 2, requests: 18_204 },
    ),
    service(
      {
        id: 'helpdesk-web',
        host: 'help.example.com',
        targets: [{ id: 'helpdesk' }],
        websocket: false,
      },
      { requests: 912, failed: 14, failedAt: now - 120_000 },
    ),
    service(
      { id: 'reports', path: '/internal/reports', targets: [{ id: 'legacy-crm' }] },
      { lockedBy: '/etc/gateway/config.toml' },
    ),
  ];
}
