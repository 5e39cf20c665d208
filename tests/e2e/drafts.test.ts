import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectAccessible, launchBrowser } from './support/browser.ts';
import { startGallery, type Gallery } from './support/gallery.ts';

let gallery: Gallery;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [gallery, browser] = await Promise.all([startGallery(), launchBrowser()]);
});
beforeEach(async () => {
  await page?.close();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(gallery.address({ scenario: 'online', place: 'overview' }, 'en', 'light'));
});
afterAll(async () => {
  await browser.close();
  await gallery.close();
});

const open = async (hash: string): Promise<void> => {
  await page.evaluate((to) => (window.location.hash = to), hash);
};
const field = (name: string): Locator => page.getByRole('textbox', { name, exact: true });
const notice = (): Locator => page.getByText('What you had typed here is back.');
const press = (name: string): Promise<void> => page.getByRole('button', { name }).click();

describe('a form that is left unsaved', () => {
  it.each([
    ['bot', '#/bots?add=app', 'Name'],
    ['route', '#/routes?add=route', 'Name'],
    ['service', '#/routes?add=service', 'ID'],
    ['published service', '#/services?add', 'Path'],
  ])('of a %s has what was typed when one comes back, and says so', async (_what, hash, name) => {
    await open(hash);
    const before = await field(name).inputValue();
    await field(name).fill('/night');
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    await page.goBack();
    await notice().waitFor();
    expect(await field(name).inputValue()).toBe('/night');
    await expectAccessible(page, hash);

    await press('Discard');
    await notice().waitFor({ state: 'detached' });
    expect(await field(name).inputValue()).toBe(before);
    await open('#/logs');
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    await open(hash);
    await field(name).waitFor();
    expect(await field(name).inputValue()).toBe(before);
    expect(await notice().count()).toBe(0);
  });

  it('is forgotten once it was saved', async () => {
    await open('#/routes?add=route');
    await field('Name').fill('Night');
    await press('Save');
    await page.getByRole('grid', { name: /^Routes/ }).waitFor();
    await open('#/routes?add=route');
    await field('Name').waitFor();
    expect(await field('Name').inputValue()).toBe('');
    expect(await notice().count()).toBe(0);
  });
});
