import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { startGallery, type Gallery } from './support/gallery.ts';
import type { FakeHost } from '../../renderer/testing/fake-host.ts';

let gallery: Gallery;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [gallery, browser] = await Promise.all([startGallery(), launchBrowser()]);
  page = await browser.newPage({ viewport: { width: 1080, height: 720 } });
});
afterAll(async () => {
  await browser.close();
  await gallery.close();
});

const show = async (place: string): Promise<void> => {
  await page.goto(gallery.address({ scenario: 'busy', place }, 'en', 'light'));
  await page.getByRole('heading', { level: 1 }).waitFor();
};
const setStatus = (status: 'open' | 'lost'): Promise<void> =>
  page.evaluate((next) => {
    const { fakeHost } = window as unknown as { fakeHost: FakeHost };
    fakeHost.setStatus(next);
  }, status);

it('shows a replay that ended while the host was gone as ended', async () => {
  await show('messages');
  await page.getByRole('button', { name: 'Replay…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replay messages' });
  await dialog.getByRole('button', { name: 'Start the replay' }).click();
  await dialog.getByText('Under way').waitFor();
  await setStatus('lost');
  await page.evaluate(() => {
    const { fakeHost } = window as unknown as { fakeHost: FakeHost };
    fakeHost.on({
      'messages.replays': () => ({
        replays: [
          {
            id: 'r_1',
            state: 'done',
            destination: { kind: 'original' },
            total: 412,
            taken: 412,
            failed: 0,
            skipped: 0,
            startedAt: Date.now() - 60_000,
            endedAt: Date.now(),
            error: null,
          },
        ],
      }),
    });
  });
  await setStatus('open');
  await dialog.getByText('412 of 412').waitFor();
  expect(await dialog.getByText('Under way').count()).toBe(0);
});

it('keeps the queue while the host is gone, and reads it again when it is back', async () => {
  await show('send/ops-alerts');
  const queue = page.getByRole('heading', { name: '5 wait to be sent' });
  await queue.waitFor();
  await setStatus('lost');
  await page.getByText('Causeway does not answer').waitFor();
  expect(await queue.count()).toBe(1);
  await page.evaluate(() => {
    const { fakeHost } = window as unknown as { fakeHost: FakeHost };
    fakeHost.on({ 'outbox.list': () => ({ rows: [], total: 0 }) });
  });
  await setStatus('open');
  await queue.waitFor({ state: 'detached' });
});

it('says beside Save, in sight, that nothing was saved', async () => {
  await page.setViewportSize({ width: 900, height: 600 });
  await show('bots/orders');
  await setStatus('lost');
  await page.getByRole('button', { name: 'Save' }).click();
  const error = page.getByRole('main').locator('form').getByRole('alert');
  await error.waitFor();
  const box = await error.boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(600);
  await setStatus('open');
});
