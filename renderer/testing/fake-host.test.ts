import { expect, it } from 'vitest';
import { createClient } from '../../common/contract/client.ts';
import { Snapshot } from '../../common/domain/snapshot.ts';
import { createExampleHost } from './example-host.ts';
import { createFakeHost } from './fake-host.ts';
import { scenario, scenarioNames } from './scenarios.ts';

it.each(scenarioNames)('shows %s as a host could report it', async (name) => {
  const now = Date.now();
  expect(Snapshot.parse(scenario(name, now))).toEqual(scenario(name, now));
  const { fake } = createExampleHost(name, now);
  const client = createClient(fake.transport);
  const { rows } = await client.call('messages.list', { limit: 50 });
  for (const row of rows.slice(0, 3)) await client.call('messages.get', { id: row.id });
  const { entries } = await client.call('logs.recent', { limit: 20 });
  expect(entries).toHaveLength(20);
});

it('refuses what no host would take, as a host does', async () => {
  const { fake } = createExampleHost('broken', Date.now());
  const client = createClient(fake.transport);
  await expect(client.call('settings.update', { managementPort: 70_000 })).rejects.toMatchObject({
    code: 'BAD_INPUT',
  });
  await expect(client.call('settings.update', { logLevel: 'debug' })).rejects.toMatchObject({
    code: 'SETTINGS_LOCKED',
  });
  const reader = createFakeHost({ snapshot: scenario('online', 0), has: ['read'] });
  await expect(createClient(reader.transport).call('tunnel.connect')).rejects.toMatchObject({
    code: 'UNKNOWN_CALL',
  });
  reader.on({ 'tunnel.connect': () => undefined });
  await expect(createClient(reader.transport).call('tunnel.connect')).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(() => reader.emit('state.changed', { rev: 0.5, patch: {} })).toThrow('expected int');
});
