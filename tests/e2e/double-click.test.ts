import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { FakeHost } from '../../renderer/testing/fake-host.ts';
import { launchBrowser } from './support/browser.ts';
import { startGallery, type Gallery, type GalleryState } from './support/gallery.ts';

let gallery: Gallery;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [gallery, browser] = await Promise.all([startGallery(), launchBrowser()]);
});
beforeEach(async () => {
  await page?.close();
  page = await browser.newPage({ viewport: { width: 1080, height: 720 } });
});
afterAll(async () => {
  await browser.close();
  await gallery.close();
});

const show = async (state: GalleryState): Promise<void> => {
  await page.goto(gallery.address(state, 'en', 'light'));
  await page.getByRole('heading', { level: 1 }).waitFor();
};
const strip = () => page.getByRole('banner', { name: 'Tunnel' });
const calls = (...names: string[]): Promise<string[]> =>
  page.evaluate((wanted) => {
    const { fakeHost } = window as unknown as { fakeHost: FakeHost };
    return fakeHost.calls.map(({ name }) => name).filter((name) => wanted.includes(name));
  }, names);

it('connects by a double click, and does not disconnect again', async () => {
  await show({ scenario: 'stopped', place: 'overview' });
  await strip().getByRole('button', { name: 'Connect', exact: true }).dblclick();
  await strip().getByText('Connected', { exact: true }).waitFor();
  expect(await calls('tunnel.connect', 'tunnel.disconnect')).toEqual(['tunnel.connect']);
});

it('disconnects by a double click, and does not connect again', async () => {
  await show({ scenario: 'online', place: 'overview' });
  await strip().getByRole('button', { name: 'Disconnect' }).dblclick();
  await strip().getByRole('button', { name: 'Connect', exact: true }).waitFor();
  expect(await calls('tunnel.connect', 'tunnel.disconnect')).toEqual(['tunnel.disconnect']);
});

it('sends one message by a double click', async () => {
  await show({ scenario: 'online', place: 'send/ops-alerts' });
  await page.getByRole('textbox', { name: /^Text/ }).fill('once');
  await page.getByRole('button', { name: /^Send/ }).dblclick();
  await page.getByText(/errcode 0/).waitFor();
  expect(await calls('send.message')).toHaveLength(1);
});
