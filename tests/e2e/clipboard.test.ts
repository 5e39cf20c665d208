import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { startGallery, type Gallery } from './support/gallery.ts';

let gallery: Gallery;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [gallery, browser] = await Promise.all([startGallery(), launchBrowser()]);
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext({ permissions: ['clipboard-read'] });
  page = await context.newPage();
  await page.goto(gallery.address({ scenario: 'online', place: 'tunnel' }, 'en', 'light'));
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate(() => {
    // As over plain HTTP, or where the browser was told to refuse.
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'));
  });
});
afterAll(async () => {
  await browser.close();
  await gallery.close();
});

const copy = (): Promise<void> =>
  page.getByRole('button', { name: /^Copy the public address/ }).click();

it('copies where the browser offers only the older way', async () => {
  await copy();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe('https://corp-bot.example.com');
});

it('says in sight that nothing was copied, and what would let it be', async () => {
  await page.evaluate(() => {
    document.execCommand = () => false;
    // What is said stands for a while only, which a slow page may be late to look at.
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      said.push(document.querySelector('[role="tooltip"]')?.textContent ?? '');
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await copy();
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { said: string[] }).said))
    .toContain(
      'The browser did not allow copying. Let this page use the clipboard, then try again.',
    );
});
