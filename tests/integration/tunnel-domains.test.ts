import { expect, it, onTestFinished } from 'vitest';
import type { Core } from '../../main/core/index.ts';
import { callStrictly, startTestCore } from '../../main/core/testing/core.ts';
import { tempDir } from '../../main/core/testing/temp-dir.ts';
import { startSignedIn } from '../../relay/testing/signed-in.ts';

const urls = (core: Core): readonly string[] => core.snapshot().tunnel.publicUrls;

it('domains that were bound at the relay are known after a restart without a network', async () => {
  const { to, client, close } = await startSignedIn();
  onTestFinished(close);
  const dir = tempDir();
  const core = await startTestCore(dir);
  const token = to.relay.createToken('acme', 60_000);
  await callStrictly(core, 'tunnel.enrol', { token });
  await callStrictly(core, 'tunnel.connect');
  await expect.poll(() => core.snapshot().tunnel.state.phase).toBe('online');
  expect(urls(core)).toEqual([`https://bot.test:${to.publicPort}`]);

  await client.call('domains.bind', { tunnel: 'acme', domain: 'second.test' });
  await client.call('domains.unbind', { tunnel: 'acme', domain: 'bot.test' });
  await expect.poll(() => urls(core)).toEqual([`https://second.test:${to.publicPort}`]);
  await core.stop(0);
  await to.relay.close(0);

  // The port is the relay's to say; the name is known.
  expect(urls(await startTestCore(dir))).toEqual(['https://second.test']);
});
