import { expect, it } from 'vitest';
import type { TunnelView } from '../common/domain/tunnel.ts';
import { refuseForeign } from './join.ts';

const view = (part: Partial<TunnelView>): TunnelView => ({
  state: { phase: 'stopped' },
  relay: null,
  publicUrls: [],
  device: null,
  ...part,
});

const device = { id: 'd1', tunnel: 'corp' };
const relay = (endpoint: string): TunnelView['relay'] => ({ endpoint, name: null, fixedIp: null });

it('leaves the identity of a real relay alone', () => {
  const real = view({ device, relay: relay('relay.example.com:2222') });
  expect(() => refuseForeign(real)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
});

it.each([
  ['no identity', view({})],
  ['its own', view({ device, relay: relay('127.0.0.1:40001') })],
])('goes on with %s', (_what, tunnel) => {
  expect(() => refuseForeign(tunnel)).not.toThrow();
});
