import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
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
  page = await browser.newPage({ viewport: { width: 900, height: 600 } });
});
afterAll(async () => {
  await browser.close();
  await gallery.close();
});

const show = async (scenario: GalleryState['scenario'], place: string): Promise<void> => {
  await page.goto(gallery.address({ scenario, place }, 'en', 'light'));
  await page.getByRole('heading', { level: 1 }).waitFor();
};
const main = () => page.getByRole('main');
const focusOn = async (name: string | RegExp): Promise<void> =>
  page.getByRole('button', { name }).focus();
const hasFocus = (): Promise<boolean> =>
  main().evaluate((element) => document.activeElement === element);
const scrolled = (): Promise<number> => main().evaluate((element) => element.scrollTop);

it('gives the focus to the page when a form that was saved goes away', async () => {
  await show('online', 'routes?add=route');
  await page.getByRole('textbox', { name: 'Name' }).fill('Night');
  await focusOn('Save');
  await page.keyboard.press('Enter');
  await page.getByRole('grid', { name: /^Routes/ }).waitFor();
  await expect.poll(hasFocus).toBe(true);
});

it('gives the focus to the page when the last row went by a dialog, so that keys mean what they say', async () => {
  await show('online', 'tunnel');
  await focusOn(/^Forget/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Forget the relay' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(hasFocus).toBe(true);
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
});

it('gives the focus back to what opened a dialog that was cancelled', async () => {
  await show('online', 'tunnel');
  await focusOn(/^Forget/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toMatch(/^Forget/);
});

it('opens a form at its top, and returns to the row that it was opened from', async () => {
  await show('many', 'bots');
  await page.getByRole('rowheader', { name: /^第 150 病区/ }).click();
  await page.getByRole('heading', { level: 1, name: '第 150 病区' }).waitFor();
  await expect.poll(scrolled).toBe(0);
  await page.goBack();
  const row = page.getByRole('rowheader', { name: /^第 150 病区/ });
  await expect
    .poll(() => row.evaluate((element) => element.getBoundingClientRect().top))
    .toBeLessThan(600);
  expect(await scrolled()).toBeGreaterThan(0);
});

it('says the same in a dialog until it has faded', async () => {
  await show('online', 'tunnel');
  await focusOn(/^Forget/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const read = (): void => {
      const heading = document.querySelector('[role="dialog"] h2');
      if (heading !== null) said.push(heading.textContent ?? '');
    };
    read();
    const options = { childList: true, subtree: true, characterData: true };
    new MutationObserver(read).observe(document.body, options);
  });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
  expect([...new Set(said)]).toEqual(['Forget the relay relay-sh-1?']);
});

it('shows a field that has the focus, and what is wrong with it, above the bar with Save', async () => {
  await show('online', 'send/orders');
  await page.getByRole('textbox', { name: /^Members/ }).fill('zhangsan');
  await page.getByRole('button', { name: /^Send/ }).click();
  const text = page.getByRole('textbox', { name: /^Text/ });
  await expect
    .poll(() => text.evaluate((element) => document.activeElement === element))
    .toBe(true);
  const wrong = await page.getByText('This is needed.').last().boundingBox();
  const bar = await page.getByRole('button', { name: /^Send/ }).boundingBox();
  expect((wrong?.y ?? 0) + (wrong?.height ?? 0)).toBeLessThan(bar?.y ?? 0);
});

it('shows whatever Tab comes to above the bar with Save', async () => {
  await show('online', 'bots/orders');
  const bar = await page.getByRole('button', { name: 'Save' }).boundingBox();
  await page.getByRole('textbox', { name: 'Name' }).focus();
  const isSave = (): Promise<boolean> =>
    page.evaluate(() => document.activeElement?.textContent === 'Save');
  for (let stops = 0; stops < 60 && !(await isSave()); stops += 1) {
    const [bottom, what] = await page.evaluate(() => {
      const held = document.activeElement?.closest('label') ?? document.activeElement;
      return [held?.getBoundingClientRect().bottom ?? 0, held?.outerHTML.slice(0, 200) ?? ''];
    });
    expect(bottom, what).toBeLessThanOrEqual(bar?.y ?? 0);
    await page.keyboard.press('Tab');
  }
  expect(await isSave()).toBe(true);
});
