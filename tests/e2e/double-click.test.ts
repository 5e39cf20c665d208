import { expect, it } from 'vitest';
import type { FakeHost } from '../../renderer/testing/fake-host.ts';
import { openGallery } from './support/gallery-page.ts';

const at = openGallery({ viewport: { width: 1080, height: 720 } });

const strip = () => at.page.getByRole('banner', { name: 'Tunnel' });
const calls = (...names: string[]): Promise<string[]> =>
  at.page.evaluate((wanted) => {
    const { fakeHost } = window as unknown as { fakeHost: FakeHost };
    return fakeHost.calls.map(({ name }) => name).filter((name) => wanted.includes(name));
  }, names);

it('connects by a double click, and does not disconnect again', async () => {
  await at.show('stopped', 'overview');
  await strip().getByRole('button', { name: 'Connect', exact: true }).dblclick();
  await strip().getByText('Connected', { exact: true }).waitFor();
  expect(await calls('tunnel.connect', 'tunnel.disconnect')).toEqual(['tunnel.connect']);
});

it('disconnects by a double click, and does not connect again', async () => {
  await at.show('online', 'overview');
  await strip().getByRole('button', { name: 'Disconnect' }).dblclick();
  await strip().getByRole('button', { name: 'Connect', exact: true }).waitFor();
  expect(await calls('tunnel.connect', 'tunnel.disconnect')).toEqual(['tunnel.disconnect']);
});

it('sends one message by a double click', async () => {
  await at.show('online', 'send/ops-alerts');
  await at.page.getByRole('textbox', { name: /^Text/ }).fill('once');
  await at.page.getByRole('button', { name: /^Send/ }).dblclick();
  await at.page.getByText(/errcode 0/).waitFor();
  expect(await calls('send.message')).toHaveLength(1);
});
