import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, launchBrowser, watchPage } from './support/browser.ts';
import { startGallery, stateName, STATES, type Gallery } from './support/gallery.ts';

let gallery: Gallery;
let browser: Browser;

beforeAll(async () => {
  [gallery, browser] = await Promise.all([startGallery(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await gallery.close();
});

const looks = [
  ['en', 'light', { width: 1080, height: 720 }],
  ['zh-CN', 'dark', { width: 900, height: 600 }],
] as const;

it.each(
  STATES.map((state, index) => [stateName(state), state, looks[index % 2] ?? looks[0]] as const),
)('%s is drawn for everyone', async (name, state, [locale, theme, viewport]) => {
  const page = await browser.newPage({ viewport });
  const complaints = await watchPage(page);
  await page.goto(gallery.address(state, locale, theme));
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expectAccessible(page, name);
  const isTooWide = await page.evaluate(() => {
    const main = document.querySelector('main');
    return main !== null && main.scrollWidth > main.clientWidth;
  });
  expect(isTooWide).toBe(false);
  expect(complaints.list).toEqual([]);
  await page.close();
});
