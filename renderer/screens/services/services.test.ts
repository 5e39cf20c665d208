import { describe, expect, it } from 'vitest';
import type { ServiceView } from '../../../common/domain/service.ts';
import { publicAddress, targetAddress } from './address.ts';
import { checkService, emptyService, formOf, serviceOf } from './form.ts';

const stored: ServiceView = {
  id: 'shop',
  host: null,
  path: '/shop',
  stripPath: true,
  targets: [{ id: 'web', weight: 3 }],
  balance: 'weighted',
  websocket: false,
  timeoutMs: 1_500,
  open: 0,
  sockets: 0,
  requests: 0,
  failed: 0,
  failedAt: null,
  lockedBy: null,
};
const member = { key: 0, id: 'web', weight: '', priority: '' };
const form = { ...emptyService, id: 'new', path: '/new', members: [member] };

it('writes back what it was given, and an empty host as any', () => {
  const { open, sockets, requests, failed, failedAt, lockedBy, ...service } = stored;
  expect(serviceOf(formOf(stored))).toEqual(service);
  expect([open, sockets, requests, failed, failedAt, lockedBy]).toHaveLength(6);
  expect(serviceOf({ ...form, host: ' Shop.Example.com ' }).host).toBe('shop.example.com');
});

describe('a service in the form', () => {
  it.each([
    [{}, {}],
    [{ id: '' }, { id: 'required' }],
    [{ id: 'Shop' }, { id: 'id' }],
    [{ id: 'shop' }, { id: 'idTaken' }],
    [{ host: 'https://shop' }, { host: 'host' }],
    [{ path: '' }, { path: 'required' }],
    [{ path: 'shop' }, { path: 'path' }],
    [{ path: '/a?b' }, { path: 'path' }],
    [{ path: '/a/%2E%2e/b' }, { path: 'dots' }],
    [{ path: '/wecom/callback/x' }, { path: 'reserved' }],
    [{ path: '/shop/' }, { path: 'sameAddress' }],
    [{ path: '/shop', host: 'other.example.com' }, {}],
    [{ members: [] }, { members: 'members' }],
    [{ members: [{ ...member, weight: '0' }] }, { 'members.0.weight': 'weight' }],
    [{ timeoutSeconds: '601' }, { timeoutSeconds: 'timeout' }],
  ])('%o: %o', (more, problems) => {
    const context = { isNew: true, services: [stored] };
    expect(checkService({ ...form, ...more }, context)).toEqual(problems);
  });
});

it('shows where it is reached and what its target is asked for', () => {
  const urls = ['https://bot.example.com', 'https://shop.example.com:8443'];
  expect(publicAddress(stored, urls)).toBe('https://bot.example.com/shop');
  expect(publicAddress({ host: 'shop.example.com', path: '/' }, urls)).toBe(
    'https://shop.example.com:8443/',
  );
  expect(publicAddress({ host: 'new.example.com', path: '/a' }, [])).toBe(
    'https://new.example.com/a',
  );
  expect(publicAddress(stored, [])).toBeNull();
  expect(targetAddress(stored, 'http://10.0.0.5:3000/base/', '/x?y')).toBe(
    'http://10.0.0.5:3000/base/x?y',
  );
  expect(targetAddress({ ...stored, stripPath: false }, 'http://h', '/x')).toBe('http://h/shop/x');
});
