import { expect, it } from 'vitest';
import type { Snapshot } from '../../../common/domain/snapshot.ts';
import type { RelayLinkView } from '../../../common/domain/tunnel.ts';
import { scenario, type ScenarioName } from '../../testing/scenarios.ts';
import { exampleRow } from '../../testing/messages.ts';
import { findProblem, type Problem } from './problem.ts';
import { mergeRows } from './useRecent.ts';

const NOW = Date.UTC(2026, 10, 4, 6);
const find = (name: ScenarioName): Problem | null => findProblem(scenario(name, NOW), NOW);

it('says nothing while all is well or about to be', () => {
  expect(find('online')).toBeNull();
  expect(find('connecting')).not.toMatchObject({ tone: 'bad' });
});

it.each<[ScenarioName, object]>([
  ['unenrolled', { tone: 'idle', remedies: [{ screen: 'enrol' }] }],
  ['authFile', { tone: 'idle', words: { title: 'overview.problem.authFile.title' } }],
  ['turnedDown', { tone: 'bad', words: { error: { code: 'ENROLMENT_REFUSED' } } }],
  ['failover', { tone: 'warn', words: { params: { relay: 'relay-sh-1', other: 'relay-bj-1' } } }],
  ['stopped', { tone: 'idle', remedies: [{ act: 'connect' }] }],
  ['empty', { tone: 'idle', remedies: [{ screen: 'bots' }] }],
  [
    'waiting',
    { tone: 'bad', retryAt: NOW + 18_000, remedies: [{ act: 'connect' }, { screen: 'logs' }] },
  ],
  // Trying again cannot help a revoked certificate; a token does.
  ['refused', { tone: 'bad', remedies: [{ screen: 'enrol' }, { screen: 'logs' }] }],
  ['degraded', { tone: 'warn', words: { title: 'overview.problem.targets.title' } }],
  ['broken', { tone: 'bad', words: { error: { code: 'STORE_UNAVAILABLE' } } }],
  // Services that are out or drained are a warning as long as others work.
  ['busy', { tone: 'warn', words: { params: { names: 'orders-b', count: 1 } } }],
  [
    'untrusted',
    {
      tone: 'bad',
      words: { error: { code: 'UNTRUSTED_IP' } },
      about: { bot: '订单助手', since: NOW - 360_000 },
      remedies: [
        { act: 'copy', value: '203.0.113.24' },
        { screen: 'bots', param: 'orders' },
      ],
    },
  ],
])('names what is wrong in %s and what mends it', (name, expected) => {
  expect(find(name)).toMatchObject(expected);
});

it('tells of a file that was not taken and of a way that leads nowhere', () => {
  const online = scenario('online', NOW);
  const path = '/etc/tunnel/config.yaml';
  const error = {
    code: 'CONFIG_INVALID' as const,
    params: { file: path, line: 3, column: 3, key: 'bind', reason: 'value', allowed: 'an address' },
  };
  const files = [{ path, readAt: NOW, error, restart: [] }];
  expect(findProblem({ ...online, settings: { ...online.settings, files } }, NOW)).toMatchObject({
    tone: 'warn',
    words: { params: { place: `${path}:3:3`, key: 'bind', problem: 'config.problem.value' } },
    remedies: [{ screen: 'settings' }, { screen: 'logs' }],
  });
  const [link] = online.tunnel.links ?? scenario('relays', NOW).tunnel.links ?? [];
  if (link === undefined) throw new Error('a relay was expected');
  const pending = { code: 'PROXY_UNREACHABLE' as const, params: {} };
  const tunnel = { ...online.tunnel, links: [{ ...link, pending }] };
  expect(findProblem({ ...online, tunnel }, NOW)).toMatchObject({
    tone: 'warn',
    words: { title: 'overview.problem.pending.title', params: { code: 'PROXY_UNREACHABLE' } },
  });
});

it('tells of relays what their sum does not show', () => {
  const two = scenario('relays', NOW);
  expect(findProblem(two, NOW)).toBeNull();
  const [first, second] = two.tunnel.links ?? [];
  if (first === undefined || second === undefined) throw new Error('two relays were expected');
  const at = (links: readonly RelayLinkView[]): Problem | null =>
    findProblem({ ...two, tunnel: { ...two.tunnel, links: [...links] } }, NOW);
  expect(at([first, { ...second, untrustedSince: NOW }])).toMatchObject({
    tone: 'warn',
    words: { title: 'overview.problem.standbyUntrusted.title', params: { ip: '198.51.100.7' } },
    remedies: [{ screen: 'tunnel' }],
  });
  const lost = { ...first, egress: false, state: scenario('waiting', NOW).tunnel.state };
  expect(at([lost, { ...second, untrustedSince: NOW }])).toMatchObject({
    tone: 'bad',
    words: { title: 'overview.problem.noWayOut.title', params: { relay: 'relay-bj-1' } },
  });
});

it('names the bot that cannot send by its id where it has no name or is gone, the oldest first', () => {
  const online = scenario('online', NOW);
  const error = { code: 'WECOM_REFUSED', params: { errcode: 93000 } } as const;
  const problems = [
    { bot: 'orders', since: 20, error },
    { bot: 'gone', since: 10, error },
  ];
  const found = findProblem({ ...online, gateway: { ...online.gateway, problems } }, NOW);
  expect(found).toMatchObject({ about: { bot: 'gone', since: 10 }, remedies: [{ act: 'open' }] });
});

it('puts what stops callbacks before what only threatens them', () => {
  const broken = scenario('broken', NOW);
  const stored: Snapshot = { ...broken, gateway: { ...broken.gateway, store: { state: 'ok' } } };
  expect(findProblem(stored, NOW)?.words).toMatchObject({
    title: 'overview.problem.expiring.title',
  });
  const expired = stored.certificates.filter(({ role }) => role === 'public');
  expect(findProblem({ ...stored, certificates: expired }, NOW)?.words).toMatchObject({
    title: 'overview.problem.expired.title',
    params: { role: 'overview.certificate.public' },
  });
  expect(findProblem({ ...stored, certificates: [] }, NOW)).toMatchObject({
    tone: 'bad',
    words: { params: { names: 'orders, helpdesk' } },
  });
});

it('speaks of a certificate only once its renewal is late', () => {
  const online = scenario('online', NOW);
  const [device] = online.certificates;
  if (device === undefined) throw new Error('the scenario has no certificate');
  const amber = { ...device, notBefore: NOW - 65 * 86_400_000, notAfter: NOW + 25 * 86_400_000 };
  const at = (renewAt: number | null): Problem | null =>
    findProblem({ ...online, certificates: [{ ...amber, renewAt }] }, NOW);
  expect(at(NOW - 3_600_000)).toBeNull();
  expect(at(NOW - 5 * 86_400_000)?.tone).toBe('warn');
  expect(at(null)?.tone).toBe('warn');
});

it('keeps the newest rows, each once, in its last state', () => {
  const old = [exampleRow(2, 200), exampleRow(1, 100)];
  const changed = { ...exampleRow(1, 100), outcome: 'failed' } as const;
  const rows = mergeRows(old, [changed, exampleRow(3, 300)], 3);
  expect(rows.map(({ at }) => at)).toEqual([300, 200, 100]);
  expect(rows[2]?.outcome).toBe('failed');
  expect(mergeRows(old, [exampleRow(3, 300)], 2).map(({ at }) => at)).toEqual([300, 200]);
});
